"""Which code of a tool is judged: the installed release, or a checkout that stands before it on sys.path."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

CAPTUM = "captum"
"""The package whose checkout `--captum PATH` names; pip knows it by the same name."""

_judged: dict[str, Path] = {}


class BadCheckout(ValueError):
    """There is no package to judge at PATH; the message is one line that says why and what to do."""


def judge(path: str, package: str = CAPTUM) -> None:
    """From here on `import package`, in this process, finds the package in the folder `path`.

    Raises   BadCheckout
    """
    folder = Path(path).absolute()
    source = folder / package / "__init__.py"
    if not source.is_file():
        raise BadCheckout(f"{folder} has no {package}/__init__.py: name the folder that contains {package}/")
    number = _version(source)
    try:
        Version(number)
    except InvalidVersion:
        raise BadCheckout(f"{source} has {number!r} for a __version__: known defects are told by that") from None
    sys.path.insert(0, str(folder))
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None or not source.samefile(found.origin):
        raise BadCheckout(f"{package} was imported from {found and found.origin} before {folder} could come first")
    _judged[package] = folder


def folder(distribution: str = CAPTUM) -> Path | None:
    """Of the checkout that is judged; None if it is the installed release."""
    return _judged.get(distribution)


def version(distribution: str) -> str:
    """Of the distribution as it is imported.

    Raises   importlib.metadata.PackageNotFoundError
    """
    if distribution in _judged:
        return _version(_judged[distribution] / distribution / "__init__.py")
    return importlib.metadata.version(distribution)


def _version(source: Path) -> str:
    """As it is written there: to import a tool is to import torch, and may fail."""
    text = source.read_text(encoding="utf-8", errors="replace")
    written = re.search(r"""^__version__\b[^=\n]*=\s*["']([^"'\n]+)["']""", text, re.MULTILINE)
    return written.group(1) if written else ""
