"""Whether the tokens that a tool printed are the tokens of the text. Marks may differ, and case if it means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reference.check.command.text import Encoded

MARKS = ("##", "Ġ", "▁", "_", "Ċ", "@@", "</w>")
"""What tokenizers write before or after the text of a token. The command prints "_" for some of them."""


def other_token(tokens: Sequence[Any] | None, encoded: Encoded, tokenizer: Any) -> str | None:
    """The first token that is not the text's, in words, or None. `tokens` are strings or ids, or None if not given."""
    if tokens is None:
        return None
    if len(tokens) != encoded.length:
        return f"it has {len(tokens)} tokens, but the text has {encoded.length}"
    lower = _lowercases(tokenizer)
    for place, (given, own) in enumerate(zip(tokens, encoded.ids[0].tolist(), strict=True)):
        if own == tokenizer.unk_token_id and isinstance(given, str):
            continue  # a tool may print the word
        names = (tokenizer.convert_ids_to_tokens(own), encoded.tokens[place], tokenizer.decode([own]))
        same = given == own if isinstance(given, int) else _bare(given, lower) in {_bare(name, lower) for name in names}
        if not same:
            return f"token {place} is {given!r}, but the text has {encoded.tokens[place]!r}"
    return None


def _bare(token: Any, lower: bool) -> str:
    """The text of a token without marks and blanks."""
    text = str(token).strip()
    for mark in MARKS:
        rest = text.removeprefix(mark).removesuffix(mark)
        text = (rest or text).strip()
    return text.lower() if lower else text


def _lowercases(tokenizer: Any) -> bool:
    """Whether the tokenizer writes words in lower case."""
    normalizer = getattr(getattr(tokenizer, "backend_tokenizer", None), "normalizer", None)
    if normalizer is None:
        return bool(getattr(tokenizer, "do_lower_case", False))
    return "a" in normalizer.normalize_str("A")
