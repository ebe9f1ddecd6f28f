"""The subjects that ship, and how one is found by name."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

SHIPPED = {
    "captum": "tests.subjects.captum:Captum",
    "textbook": "tests.subjects.textbook:Textbook",
    "oracle": "tests.subjects.oracle:OracleSubject",
}
PACKAGES = {"captum": "captum"}
METHODS = ("ig", "lig", "scores")


class UnknownSubject(LookupError):
    """The subject cannot be had; the message is one line that says why and what to do."""


def check_name(name: str) -> None:
    """Refuse early, and without importing anything heavy, a subject that cannot be had.

    Raises   UnknownSubject
    """
    if name not in SHIPPED and ":" not in name:
        raise UnknownSubject(f"unknown subject {name!r}: choose one of {', '.join(SHIPPED)}, or give module:object")
    package = PACKAGES.get(name) or name.split(":")[0]
    if (name in PACKAGES or name not in SHIPPED) and not _importable(package):
        raise UnknownSubject(f"subject {name!r} needs the module {package!r}, which is not installed here")


def load(name: str, device: str = "cpu") -> Any:
    """The subject `name`: one that ships, or `module:object`, where the object is a subject or makes one.

    Raises   UnknownSubject where there is no such object, or it has none of `ig`, `lig`, `scores`
    """
    check_name(name)
    module_name, _, attribute = SHIPPED.get(name, name).partition(":")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownSubject(f"subject {name!r} cannot be loaded: {' '.join(str(error).split())}") from error
    subject = found() if isinstance(found, type) else found
    if not any(callable(getattr(subject, method, None)) for method in METHODS):
        raise UnknownSubject(f"subject {name!r} has none of the methods {', '.join(METHODS)} (reference/subject.py)")
    if not hasattr(subject, "name"):
        subject.name = name
    subject.device = device
    return subject


def _importable(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
