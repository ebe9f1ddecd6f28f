"""Mistakes of the other arguments: token types, mask and positions that the call was not told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from reference.check.copies import tiled
from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.model_calls import altered, arguments_of

Values = Callable[[Tensor], Tensor]


def _with(given: Given, name: str, value: Tensor | None, sentence: str) -> Candidate:
    model, examples = given.model, given.call.examples
    assert model is not None

    def around(times: int) -> Any:
        def change(named: dict[str, Any]) -> None:
            named[name] = None if value is None else tiled(value, examples, times)

        return altered(model, change)

    return Candidate(sentence, call=given.call.changed(around=around))


def _named(given: Given) -> dict[str, Any]:
    assert given.model is not None
    call = given.call
    return arguments_of(given.model, lambda: call.outputs(call.inputs, torch.float32)) or {}


def _batch_and_length(named: dict[str, Any]) -> tuple[int, int] | None:
    for name in ("input_ids", "inputs_embeds"):
        if isinstance(named.get(name), Tensor):
            return named[name].shape[0], named[name].shape[1]
    return None


def _ids(given: Given, named: dict[str, Any]) -> Tensor | None:
    ids = named.get("input_ids")
    return ids.cpu() if isinstance(ids, Tensor) else given.ids


@hypothesis("wrong mask", needs=("model",), tokens=True)
def wrong_mask(given: Given) -> Iterator[Candidate]:
    """The attention mask left out, or made of the ids."""
    named = _named(given)
    if (size := _batch_and_length(named)) is None:
        return
    if named.get("attention_mask") is not None:
        yield _with(given, "attention_mask", None, "the attention mask is missing")
        yield _with(given, "attention_mask", torch.ones(size, dtype=torch.long), "the attention mask is all ones")
    ids, pad = _ids(given, named), getattr(getattr(given.model, "config", None), "pad_token_id", None)
    if ids is not None and pad is not None and bool((ids == pad).any()):
        mask = (ids != pad).long()
        yield _with(given, "attention_mask", mask, "an attention mask hides PAD, but your call does not")


@hypothesis("wrong token types", needs=("model",), tokens=True)
def wrong_types(given: Given) -> Iterator[Candidate]:
    """Token types left out, all one, or exchanged."""
    named = _named(given)
    size, types = _batch_and_length(named), named.get("token_type_ids")
    if size is None or getattr(getattr(given.model, "config", None), "type_vocab_size", 0) < 2:
        return
    if isinstance(types, Tensor):
        yield _with(given, "token_type_ids", None, "the token types are missing")
        yield _with(given, "token_type_ids", torch.zeros_like(types), "the token types are all 0")
        yield _with(given, "token_type_ids", 1 - types.clamp(max=1), "the token types are exchanged")
    yield _with(given, "token_type_ids", torch.ones(size, dtype=torch.long), "the token types are all 1")


@hypothesis("wrong positions", needs=("model",), tokens=True)
def wrong_positions(given: Given) -> Iterator[Candidate]:
    """Positions left out, counted from 0, or counted behind the padding."""
    named = _named(given)
    if (size := _batch_and_length(named)) is None:
        return
    own, mask, count = named.get("position_ids"), named.get("attention_mask"), torch.arange(size[1])
    if own is not None:
        yield _with(given, "position_ids", None, "position_ids are missing")
    yield _with(given, "position_ids", count.expand(size), "positions start at 0")
    pad = getattr(getattr(given.model, "config", None), "pad_token_id", None)
    if pad is not None:
        yield _with(given, "position_ids", (count + pad + 1).expand(size), "positions start at the PAD id + 1")
        ids = _ids(given, named)
        if ids is not None:
            seen = (ids != pad).long()
            yield _with(given, "position_ids", seen.cumsum(1) * seen + pad, "positions skip PAD")
    if isinstance(mask, Tensor) and mask.dim() == 2:
        behind = (mask.long().cumsum(1) - 1).clamp(min=0)
        yield _with(given, "position_ids", behind, "positions count the unmasked tokens")


@hypothesis("wrong additional argument")
def wrong_additional(given: Given) -> Iterator[Candidate]:
    """An additional argument of integers that is all ones or all zeros instead, or is missing."""
    for place, argument in enumerate(given.call.additional):
        if not isinstance(argument, Tensor) or argument.is_floating_point():
            continue
        for words, other in (("1", torch.ones_like(argument)), ("0", torch.zeros_like(argument)), ("None", None)):
            changed = (*given.call.additional[:place], other, *given.call.additional[place + 1 :])
            sentence = f"additional_forward_args[{place}] is {words}{' everywhere' * (other is not None)}"
            yield Candidate(sentence, call=given.call.changed(additional=changed))
