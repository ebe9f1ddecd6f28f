"""JSON text in one form: numbers keep their digits, and a list of numbers stands on one line."""

from __future__ import annotations

import json
from typing import Any


class Literal(str):
    """A number as it is written."""


def text(value: Any, indent: str = "") -> str:
    """The JSON text of dictionaries, lists, strings, numbers, booleans and None; without a newline at the end."""
    inside = indent + " "
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict) and any(isinstance(one, dict | list) for one in value.values()):
        lines = (f"{inside}{json.dumps(key)}: {text(one, inside)}" for key, one in value.items())
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return "[\n" + ",\n".join(inside + text(one, inside) for one in value) + f"\n{indent}]"
    if isinstance(value, list):
        return "[" + ", ".join(text(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
