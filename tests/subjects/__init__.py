"""The subjects that ship, one folder each, and how a subject is found by name.

README.md shows how to add one.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SHIPPED = {file.parent.name: file for file in sorted(Path(__file__).parent.glob("*/adapter.py"))}
"""The adapter of each subject that ships, by the name of its folder; it calls its class `SUBJECT`."""


class UnknownSubject(LookupError):
    """The subject cannot be had; the message is one line that says why and what to do."""


def check_name(name: str) -> None:
    """Refuse early, and without importing anything heavy, a subject that cannot be had.

    Raises   UnknownSubject
    """
    if name not in SHIPPED and not all(name.partition(":")):
        raise UnknownSubject(f"unknown subject {name!r}: choose one of {', '.join(SHIPPED)}, or give module:object")
    if name in SHIPPED:
        _check_folder(name)
    for package in _imported(SHIPPED[name]) if name in SHIPPED else [name.split(":")[0]]:
        if not _importable(package):
            raise UnknownSubject(f"subject {name!r} needs the module {package!r}, which is not installed here")


def load(name: str, device: str = "cpu") -> Any:
    """The subject `name`: one that ships, or `module:object`, where the object is a subject or makes one.

    `origin` is set to what it was asked for by, `name` to that, too, where the subject has none of its own.

    Raises   UnknownSubject where there is no such object, or laws cannot call it
    """
    # The precision of products is read here, before the subject's module can change it.
    from reference.oracle import precision  # noqa: F401
    from reference.subject import check_signature

    check_name(name)
    module_name, _, attribute = (adapter_of(name) + ":SUBJECT" if name in SHIPPED else name).partition(":")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
        subject = found() if isinstance(found, type) else found
    except (Exception, SystemExit) as error:  # whatever it is that somebody's module raises
        raise UnknownSubject(f"subject {name!r} cannot be loaded: {in_words(error)}") from error
    try:
        check_signature(subject)
    except (TypeError, ValueError) as error:
        raise UnknownSubject(f"subject {name!r}: {in_words(error)} (reference/subject.py has the protocol)") from error
    try:
        subject.origin, subject.device = name, device
        if not hasattr(subject, "name"):
            subject.name = name
    except AttributeError as error:
        raise UnknownSubject(f"subject {name!r} must let its attributes be set: {in_words(error)}") from error
    return subject


def adapter_of(name: str) -> str:
    """The module that has the adapter of a subject that ships."""
    return f"{__name__}.{name}.adapter"


def distribution_of(name: str) -> str | None:
    """The name by which pip knows the tool that a subject which ships calls, or None."""
    return next(_declared(SHIPPED[name]), None) if name in SHIPPED else None


def folder_of(subject: Any) -> str | None:
    """The folder of a subject that ships, told by the module of its class; None for somebody's own subject."""
    inside = type(subject).__module__.removeprefix(f"{__name__}.")
    folder = inside.partition(".")[0]
    return folder if inside != type(subject).__module__ and folder in SHIPPED else None


def distributions() -> list[str]:
    """The names by which pip knows the tools that ship as subjects, as their adapters declare them."""
    return list(dict.fromkeys(name for file in SHIPPED.values() for name in _declared(file)))


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
        raise UnknownSubject(f"no device {device!r} here: {in_words(error)}") from error


def _check_folder(name: str) -> None:
    """The folder's files can be parsed, and its adapter assigns SUBJECT.

    Raises   UnknownSubject
    """
    for file in sorted(SHIPPED[name].parent.rglob("*.py")):
        try:
            parsed = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError) as error:
            where = f"{file.relative_to(SHIPPED[name].parent)}, line {getattr(error, 'lineno', '?')}"
            raise UnknownSubject(f"subject {name!r}: {where}: {in_words(error)}") from error
        if file == SHIPPED[name] and "SUBJECT" not in _names(parsed):
            raise UnknownSubject(f"subject {name!r}: adapter.py must assign the subject's class to SUBJECT")


def _names(parsed: ast.Module) -> Iterator[str]:
    """The names that the module assigns, defines or imports."""
    for node in parsed.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name


def _imported(adapter: Path) -> Iterator[str]:
    """The top-level packages that the adapter imports: read, not imported, since torch takes seconds."""
    for node in ast.parse(adapter.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _declared(adapter: Path) -> Iterator[str]:
    """The text that the adapter assigns to `distribution`: read for the same reason."""
    try:
        nodes = ast.walk(ast.parse(adapter.read_text(encoding="utf-8")))
    except (SyntaxError, ValueError):  # an error in its folder must not stop the runs on other subjects
        return
    for node in (node for node in nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)):
        if "distribution" in (target.id for target in node.targets if isinstance(target, ast.Name)):
            yield str(ast.literal_eval(node.value))


def in_words(error: BaseException) -> str:
    """The error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _importable(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
