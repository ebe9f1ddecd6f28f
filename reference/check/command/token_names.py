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
    for place, (given, own) in enumerate(zip(tokens, encoded.ids[0].tolist(), strict=True)):
        if own == tokenizer.unk_token_id and isinstance(given, str):
            continue  # a tool may print the word
        names = (tokenizer.convert_ids_to_tokens(own), encoded.tokens[place], tokenizer.decode([own]))
        same = given == own if isinstance(given, int) else _bare(given, tokenizer) & _readings(names, tokenizer)
        if not same:
            return f"token {place} is {given!r}, but the text has {encoded.tokens[place]!r}"
    return None


def _readings(names: Sequence[Any], tokenizer: Any) -> set[str]:
    return set().union(*(_bare(name, tokenizer) for name in names))


def _bare(token: Any, tokenizer: Any) -> set[str]:
    """The text of a token without marks, as it is written and as the tokenizer writes it: lower case, no accents."""
    text = _without_marks(str(token))
    normalizer = getattr(getattr(tokenizer, "backend_tokenizer", None), "normalizer", None)
    if normalizer is not None:
        return {text, _without_marks(normalizer.normalize_str(text))}
    return {text, text.lower()} if getattr(tokenizer, "do_lower_case", False) else {text}


def _without_marks(token: str) -> str:
    text = token.strip()
    for mark in MARKS:
        rest = text.removeprefix(mark).removesuffix(mark)
        text = (rest or text).strip()
    return text
