"""Which captum is judged: the installed release, or a checkout that `--captum PATH` puts before it on sys.path."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

_judged: list[Path] = []


class BadCheckout(ValueError):
    """There is no captum to judge at PATH; the message is one line that says why and what to do."""


def judge(path: str) -> None:
    """From here on `import captum`, in this process, finds the package in the folder `path`.

    Raises   BadCheckout
    """
    folder = Path(path).absolute()
    source = folder / "captum" / "__init__.py"
    if not source.is_file():
        raise BadCheckout(f"{folder} has no captum/__init__.py: name the folder that contains captum/")
    number = _version(source)
    try:
        Version(number)
    except InvalidVersion:
        raise BadCheckout(f"{source} has {number!r} for a __version__: known defects are told by that") from None
    sys.path.insert(0, str(folder))
    found = importlib.util.find_spec("captum")
    if found is None or found.origin is None or not source.samefile(found.origin):
        raise BadCheckout(f"captum was imported from {found and found.origin} before {folder} could come first")
    _judged[:] = [folder]


def folder() -> Path | None:
    """Of the checkout that is judged; None where it is the installed release."""
    return _judged[0] if _judged else None


def version(package: str) -> str:
    """Of the package as it is imported.

    Raises   importlib.metadata.PackageNotFoundError
    """
    if package == "captum" and _judged:
        return _version(_judged[0] / "captum" / "__init__.py")
    return importlib.metadata.version(package)


def _version(source: Path) -> str:
    """As it is written there: to import captum is to import torch, and may fail."""
    text = source.read_text(encoding="utf-8", errors="replace")
    written = re.search(r"""^__version__\b[^=\n]*=\s*["']([^"'\n]+)["']""", text, re.MULTILINE)
    return written.group(1) if written else ""
