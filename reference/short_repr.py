"""A repr that leaves defaults out, so that a counterexample is as short as the call a person would write."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any


class ShortRepr:
    """Mixin for dataclasses: `Name(field=value, …)` with only the fields that differ from their defaults."""

    def __repr__(self) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr and not _is_default(self, f))  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Hypothesis (and IPython) print a dataclass field by field unless it says otherwise."""
        printer.text(repr(self))


def _is_default(instance: Any, field: Field[Any]) -> bool:
    value = getattr(instance, field.name)
    if field.default is not MISSING:
        return type(value) is type(field.default) and bool(value == field.default)
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return False
