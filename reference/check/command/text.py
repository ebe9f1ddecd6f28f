"""The text as token ids, with a baseline of the same length: special tokens are the same at both ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from reference.check.model_calls import special_tokens
from reference.models.directory import CannotLoad, Loaded, longest_text, within_table

NAMED = ("pad", "mask", "zero")
"""The baselines with a name. Any other is a text."""


@dataclass(frozen=True)
class Encoded:
    """Token ids of the text and of the baseline (1, length), what else the model takes, and what to print.

    `kept` are the tokens that are the same at both ends; `word` numbers the words (−1 for a special token). `zero`
    says that the baseline is the zero vector in word-embedding space, at all tokens that are not kept. `special` are
    the ids of the tokenizer's special tokens, by name.
    """

    ids: Tensor
    baseline: Tensor
    arguments: dict[str, Tensor]
    tokens: tuple[str, ...]
    kept: tuple[bool, ...]
    words: tuple[int, ...]
    zero: bool
    named: str
    special: Mapping[str, int]
    remarks: tuple[str, ...] = ()
    continuation: int = 0

    @property
    def length(self) -> int:
        return self.ids.shape[1]


def encode(
    loaded: Loaded, text: str, pair: str | None = None, baseline: str | None = None, continuation: str | None = None
) -> Encoded:
    """The text, its pair, and the baseline. `continuation` is appended to the text and kept at both ends.

    Raises   CannotLoad with one line: too long a text, an unknown baseline, a baseline of another length
    """
    tokenizer = loaded.tokenizer
    if pair is not None and not pair.strip():
        raise CannotLoad("--text-pair is empty: leave it out, or pass a text")
    encoded = _tokenized(tokenizer, text, pair)
    ids, remarks = list(encoded["input_ids"]), []
    if not ids:
        raise CannotLoad("the text has no tokens")
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    kept = [one in special for one in ids]
    words = _words(encoded, kept, tokenizer, ids)
    types = encoded.get("token_type_ids")
    appended: list[int] = []
    if continuation is not None:
        appended = tokenizer(continuation, add_special_tokens=False)["input_ids"]
        if not appended:
            raise CannotLoad("the target text has no tokens")
        remarks += unknown_words(tokenizer, continuation, appended)
        ids, kept, words = ids + appended[:-1], kept + [True] * (len(appended) - 1), words + [-1] * (len(appended) - 1)
    longest = longest_text(loaded.config)
    if longest is not None and len(ids) > longest:
        raise CannotLoad(f"the text has {len(ids)} tokens, but the model takes at most {longest}")
    unknown = sum(one == tokenizer.unk_token_id for one in ids) if tokenizer.unk_token_id is not None else 0
    if unknown:
        remarks.append(f"{unknown} of {len(ids)} tokens are unknown to the tokenizer")
    if all(kept):
        names = ", ".join(dict.fromkeys(_shown(tokenizer, one) for one in ids))
        raise CannotLoad(f"the text has no tokens to explain, only {names}: pass a --text with words")
    other, zero, named = _baseline(loaded, baseline, ids, kept)
    if named == repr(baseline):
        remarks += _unknown_baseline(tokenizer, str(baseline), other, kept)
    within_table(loaded.model, tokenizer, [*ids, *other, *appended])
    if not zero and other == ids:
        raise CannotLoad(f"the baseline ({named}) is the text itself, so every score is 0: use another --baseline")
    arguments = {"attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
    if types is not None and getattr(loaded.config, "type_vocab_size", 0) > 1:
        arguments["token_type_ids"] = torch.tensor([list(types)])
    return Encoded(
        ids=torch.tensor([ids]),
        baseline=torch.tensor([other]),
        arguments=arguments,
        tokens=tuple(_shown(tokenizer, one) for one in ids),
        kept=tuple(kept),
        words=tuple(words),
        zero=zero,
        named=named,
        special=special_tokens(tokenizer),
        remarks=tuple(remarks),
        continuation=len(appended),
    )


def _tokenized(tokenizer: Any, text: str, pair: str | None) -> Any:
    """By the tokenizer. If that does not know a token, a text is split at its blanks, where all pieces are known."""
    encoded = tokenizer(text, pair) if pair is not None else tokenizer(text)
    unknown, vocabulary = tokenizer.unk_token_id, tokenizer.get_vocab()
    pieces = text.split()
    if pair is None and unknown in encoded["input_ids"] and all(piece in vocabulary for piece in pieces):
        ids = tokenizer.build_inputs_with_special_tokens([vocabulary[piece] for piece in pieces])
        return {"input_ids": ids, "token_type_ids": [0] * len(ids)}
    return encoded


def _words(encoded: Any, kept: list[bool], tokenizer: Any, ids: list[int]) -> list[int]:
    """The number of each token's word, −1 for special tokens."""
    found: list[int] = []
    try:
        own, sequences = encoded.word_ids(0), encoded.sequence_ids(0)
    except (ValueError, AttributeError, TypeError):
        own, sequences = None, None
    number, before = -1, None
    for place, one in enumerate(ids):
        token = tokenizer.convert_ids_to_tokens(one)
        if own is not None and sequences is not None:
            here: Any = None if own[place] is None else (sequences[place], own[place])
            begins = here != before
            before = here
        else:
            begins = not str(token).startswith("##")
        if kept[place]:
            found.append(-1)
            continue
        number += begins or number < 0
        found.append(number)
    return found


def _baseline(loaded: Loaded, named: str | None, ids: list[int], kept: list[bool]) -> tuple[list[int], bool, str]:
    tokenizer = loaded.tokenizer
    specials = {"pad": tokenizer.pad_token_id, "mask": tokenizer.mask_token_id}
    if named is None:
        named = next((name for name in ("pad", "mask") if specials[name] is not None), "zero")
        if named == "zero" and tokenizer.eos_token_id is not None:
            filler = tokenizer.eos_token_id
            return [a if k else filler for a, k in zip(ids, kept, strict=True)], False, tokenizer.eos_token
    if named == "zero":
        return list(ids), True, "the zero vector"
    if named in specials:
        if specials[named] is None:
            raise CannotLoad(f"the tokenizer has no {named.upper()} token: use another --baseline")
        return [a if k else specials[named] for a, k in zip(ids, kept, strict=True)], False, named.upper()
    other = tokenizer(named, add_special_tokens=False)["input_ids"]
    free = kept.count(False)
    if len(other) == 1:
        other = other * free
    if len(other) != free:
        raise CannotLoad(
            f"the baseline {named!r} has {len(other)} tokens, but the text has {free}: pass that many, or 1"
        )
    rest = iter(other)
    return [a if k else next(rest) for a, k in zip(ids, kept, strict=True)], False, repr(named)


def unknown_words(tokenizer: Any, text: str, ids: list[int]) -> list[str]:
    """The remark that some tokens of a target or contrast are unknown to the tokenizer, if they are.

    Raises   CannotLoad if there are no other tokens: the model would be asked about the unknown token
    """
    unknown, special = tokenizer.unk_token_id, set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    words = [one for one in ids if one not in special]
    count = words.count(unknown)
    if not count or str(tokenizer.unk_token) in text:
        return []
    if count == len(words):
        raise CannotLoad(f"{text!r} is unknown to the tokenizer ({tokenizer.unk_token}): pass another text")
    return [f"{count} of {len(words)} tokens of {text!r} are unknown to the tokenizer ({tokenizer.unk_token})"]


def _unknown_baseline(tokenizer: Any, text: str, ids: list[int], kept: list[bool]) -> list[str]:
    """The remark that the path starts at unknown tokens, if it does though the user passed words."""
    words = [one for one, keep in zip(ids, kept, strict=True) if not keep]
    count = words.count(tokenizer.unk_token_id)
    if not count or str(tokenizer.unk_token) in text:
        return []
    short = text.strip().lower()
    what = "the zero vector" if short == "zero" else f"the {short.upper()} token"
    hint = f"; for {what} pass --baseline {short}" if short in NAMED else ""
    return [
        f"the baseline {text!r} is unknown to the tokenizer: {count} of {len(words)} tokens of the path start at "
        f"{tokenizer.unk_token}{hint}"
    ]


def _shown(tokenizer: Any, one: int) -> str:
    token = str(tokenizer.convert_ids_to_tokens(one))
    return token.replace("Ġ", "_").replace("▁", "_").replace("Ċ", "\\n")
