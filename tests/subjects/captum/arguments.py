"""Which arguments of the installed Captum no law knows: those of __init__ and `attribute` of its two IG classes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from captum import attr

from reference.subject import SIGNATURES

PROTOCOLS = {"IntegratedGradients": SIGNATURES["ig"], "LayerIntegratedGradients": SIGNATURES["lig"]}

RENAMED = {"forward_func": "forward"}
"""Captum's name of an argument that the protocol has under another name."""

EXCLUDED = {
    "grad_kwargs": "LIG hands it to torch.autograd.grad as it is; IG, and every other subject, has no such argument",
    "device_ids": "it orders the replicas of DataParallel; the laws run on one device",
}
"""Arguments that no law checks, each with the reason."""


def unknown_arguments(owner: type, protocol: Callable[..., Any]) -> list[str]:
    """The arguments of the class that the protocol does not have and that are not excluded."""
    known = {*inspect.signature(protocol).parameters, *EXCLUDED}
    methods = (getattr(owner, name) for name in ("__init__", "attribute"))
    found = dict.fromkeys(name for method in methods for name in inspect.signature(method).parameters)
    return [name for name in found if RENAMED.get(name, name) not in known]


def installed() -> dict[str, type]:
    """The classes that the installed Captum has: LIG came with 0.2."""
    return {name: getattr(attr, name) for name in PROTOCOLS if hasattr(attr, name)}
