"""Text inside Markdown that shows as it is, whatever is in it."""

from __future__ import annotations

import re


def escaped(text: str) -> str:
    """No markup, no HTML, no end of a table's cell."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", text)


def code(text: str) -> str:
    """In a line."""
    ticks = "`" * (1 + _longest_run(text))
    return f"{ticks} {text} {ticks}" if len(ticks) > 1 else f"`{text}`"


def block(text: str) -> str:
    """On lines of its own, as Python."""
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}python\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    """Of backticks: a longer fence holds them."""
    return max(map(len, re.findall("`+", text)), default=0)
