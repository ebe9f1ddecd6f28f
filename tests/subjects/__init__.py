"""The subjects that ship, and how one is found by name."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

SHIPPED = {
    "captum": "tests.subjects.captum.adapter:Captum",
    "textbook": "tests.subjects.textbook:Textbook",
    "oracle": "tests.subjects.oracle.adapter:OracleSubject",
}
PACKAGES = {"captum": "captum"}
METHODS = ("ig", "lig", "scores")


class UnknownSubject(LookupError):
    """The subject cannot be had; the message is one line that says why and what to do."""


def check_name(name: str) -> None:
    """Refuse early, and without importing anything heavy, a subject that cannot be had.

    Raises   UnknownSubject
    """
    if name not in SHIPPED and not all(name.partition(":")):
        raise UnknownSubject(f"unknown subject {name!r}: choose one of {', '.join(SHIPPED)}, or give module:object")
    package = PACKAGES.get(name) or name.split(":")[0]
    if (name in PACKAGES or name not in SHIPPED) and not _importable(package):
        raise UnknownSubject(f"subject {name!r} needs the module {package!r}, which is not installed here")


def load(name: str, device: str = "cpu") -> Any:
    """The subject `name`: one that ships, or `module:object`, where the object is a subject or makes one.

    `origin` is set to what it was asked for by, `name` to that, too, where the subject has none of its own.

    Raises   UnknownSubject where there is no such object, or it has none of `ig`, `lig`, `scores`
    """
    check_name(name)
    module_name, _, attribute = SHIPPED.get(name, name).partition(":")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
        subject = found() if isinstance(found, type) else found
    except Exception as error:  # whatever it is that somebody's module raises
        raise UnknownSubject(f"subject {name!r} cannot be loaded: {_in_words(error)}") from error
    if not any(callable(getattr(subject, method, None)) for method in METHODS):
        raise UnknownSubject(f"subject {name!r} has none of the methods {', '.join(METHODS)} (reference/subject.py)")
    try:
        subject.origin, subject.device = name, device
        if not hasattr(subject, "name"):
            subject.name = name
    except AttributeError as error:
        raise UnknownSubject(f"subject {name!r} must let its attributes be set: {_in_words(error)}") from error
    return subject


def check_device(device: str) -> None:
    """Refuse early a device that torch does not know, or that is not here.

    Raises   UnknownSubject
    """
    if device == "cpu":
        return
    import torch

    try:
        torch.ones(1, device=device)
    except Exception as error:  # torch raises many kinds
        raise UnknownSubject(f"no device {device!r} here: {_in_words(error)}") from error


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _importable(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
