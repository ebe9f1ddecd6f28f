"""Text inside Markdown, so that any text is shown as it is."""

from __future__ import annotations

import re


def escaped(text: str) -> str:
    """The text with Markdown, HTML and the separator of table cells escaped."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", text)


def code(text: str) -> str:
    """The text as inline code."""
    ticks = "`" * (1 + _longest_run(text))
    return f"{ticks} {text} {ticks}" if len(ticks) > 1 else f"`{text}`"


def block(text: str) -> str:
    """The text as a block of Python."""
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}python\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    """The longest run of backticks: a fence must be longer."""
    return max(map(len, re.findall("`+", text)), default=0)
