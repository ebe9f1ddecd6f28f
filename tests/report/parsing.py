"""A problem from its repr. The text is parsed with `ast`, and never evaluated: only the classes in SPECS are called."""

from __future__ import annotations

import ast
from dataclasses import fields
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from reference.form import Form, Mode
from reference.models import families
from reference.models.bag import TinyBag
from reference.models.bart import TinyBartClassifier
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.models.saved import Directory, Text, Trained
from reference.models.saved_transformer import SavedTransformer
from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem, Tokens, Vectors

_MADE_OF: list[type] = [
    *(Problem, TinyBag, TinyBartClassifier, TinyNet, TinyText, Trained, Directory, SavedTransformer),
    *(Tokens, Vectors, Numbers, Text, Texts, Call, Form, Mode),
]

SPECS: dict[str, type] = {spec.__name__: spec for spec in (*_MADE_OF, *families.SPECS.values())}
"""The classes that a repr may name. A family adds its own spec; add any other model or data to _MADE_OF."""

FEW = 20


class BadProblem(ValueError):
    """The text is not the repr of a problem. The message is one line that says what to change."""


def problem_from(text: str) -> Problem:
    """The problem whose repr is `text`.

    Raises   BadProblem unless the text is a call of a class in SPECS; its keyword arguments are literals or such calls
    """
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadProblem(f"this is not a Python expression: {getattr(error, 'msg', error)}") from None
    value = _value(node)
    if not isinstance(value, Problem):
        raise BadProblem(f"expected Problem(…), got {ast.unparse(node)}")
    return value


def suggestion(name: str, known: list[str]) -> str:
    """`did you mean …?` if a known name is similar; otherwise the known names, if there are at most FEW."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return (
        f"choose one of {', '.join(known)}" if len(known) <= FEW else f"none of the {len(known)} known names is similar"
    )


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        return _made(node)
    if isinstance(node, ast.Tuple):
        return tuple(_value(element) for element in node.elts)
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise BadProblem(f"{ast.unparse(node)!r} is neither a literal nor one of {', '.join(SPECS)}") from None


def _made(node: ast.Call) -> Any:
    name = ast.unparse(node.func)
    if name not in SPECS:
        raise BadProblem(f"unknown name {name!r}: {suggestion(name, list(SPECS))}")
    if node.args or any(keyword.arg is None for keyword in node.keywords):
        raise BadProblem(f"{name} takes keyword arguments only")
    spec = SPECS[name]
    hints = get_type_hints(spec)
    known = [field.name for field in fields(spec)]
    given: dict[str, Any] = {}
    for keyword in node.keywords:
        field = str(keyword.arg)
        if field not in known:
            raise BadProblem(f"{name} has no field {field!r}: {suggestion(field, known)}")
        if field in given:
            raise BadProblem(f"{name} is given {field!r} twice")
        value = given[field] = _value(keyword.value)
        if not _fits(value, hints[field]):
            raise BadProblem(f"{name}.{field} must be {_named(hints[field])}, got {ast.unparse(keyword.value)}")
    try:
        return spec(**given)
    except (TypeError, ValueError) as error:
        raise BadProblem(str(error)) from None


def _fits(value: Any, hint: Any) -> bool:
    """Whether the value has the type of the field's annotation. True is not an int, and 1 is a float."""
    if hint is Any:
        return True
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        element, *_ = get_args(hint)
        return isinstance(value, tuple) and all(_fits(one, element) for one in value)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint


def _named(hint: Any) -> str:
    return (
        hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("reference.problem.", "")
    )
