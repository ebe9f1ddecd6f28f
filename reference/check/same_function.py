"""Whether a forward of embeddings is the model of the ids: forward(table(ids)) = model(ids) at both ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference.check.casts import computes_in_float32
from reference.check.copies import converted
from reference.check.field import Call
from reference.check.model_calls import altered, arguments_of, by_ids, entry_points, word_table
from reference.oracle.budget import rounding
from reference.oracle.substitution import substituted

POSITIONS = (": pass position_ids, made from the ids, in both calls", ": pass position_ids in both calls")
MASK = ": pass attention_mask in both calls"
POOLING = ". Pool by the mask yourself"
"""What the author of a forward can do."""


def difference(call: Call, model: nn.Module, ids: Tensor | None, baseline_ids: Tensor | None) -> str | None:
    """How the forward differs from the model of the ids, in one sentence, or None if it does not.

    Raises   ValueError if the forward does not pass `inputs_embeds` to the model, or calls a part of it alone
    """
    if not _called(call, model):
        takes = bool(entry_points(model))
        raise ValueError("forward does not call model= itself" if takes else "model= takes no input_ids")
    for name, given, embeddings, tokens in (
        ("x", "inputs", call.inputs[0], ids),
        ("x'", "baselines", call.baselines[0], baseline_ids),
    ):
        if tokens is None:
            continue
        ends = call.inputs if name == "x" else call.baselines
        if (sentence := _not_embeddings(model, given, embeddings, tokens)) is not None:
            return sentence
        by_embeddings, unit = _values(call, ends, None, model)
        of_ids, _ = _values(call, ends, tokens, model)
        magnitude = by_embeddings.abs() + of_ids.abs()
        apart = (by_embeddings - of_ids).abs()
        off = apart > rounding(unit, magnitude, torch.float64).value
        if bool(off.any()) and computes_in_float32(call):
            off = apart > rounding(unit, magnitude, torch.float32).value
        if bool(off.any()):
            example = int(off.nonzero()[0])
            return (
                f"F({name}) is {_apart(float(by_embeddings[example]), float(of_ids[example]))} "
                f"by input_ids (example {example}): {_cause(call, model, ends, tokens)}"
            )
    return None


def _called(call: Call, model: nn.Module) -> bool:
    dtype = call.inputs[0].dtype
    return arguments_of(model, lambda: call.changed(layers=()).values(call.inputs, dtype)) is not None


def without_advice(sentence: str) -> str:
    """How a forward differs, without what its author is to do: for a reader who did not write the forward."""
    for advice in (*POSITIONS, MASK, POOLING):
        sentence = sentence.removesuffix(advice)
    return sentence


def _apart(by_embeddings: float, of_ids: float) -> str:
    """Two numbers with as many digits as tell them apart."""
    digits = next((count for count in range(6, 17) if f"{by_embeddings:.{count}g}" != f"{of_ids:.{count}g}"), 17)
    return f"{by_embeddings:.{digits}g} by inputs_embeds and {of_ids:.{digits}g}"


@contextmanager
def _by_ids(model: nn.Module, ids: Tensor, embeddings: Tensor, times: int) -> Iterator[None]:
    """Inside, the model is called with ids, and its word table gives them the embeddings that the user passed.

    These are what the table gives in the user's dtype. A table that multiplies its rows by a number (Gemma's) gives
    others in a float64 copy, because there the product is not rounded: that is no other function.
    """
    table = word_table(model)
    wanted = ids.repeat(times, 1)

    def looking_up(own: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def forward(tokens: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            found = own(tokens, *args, **kwargs)
            if tokens.numel() != wanted.numel() or not torch.equal(tokens.reshape(wanted.shape), wanted):
                return found
            return embeddings.repeat(times, *(1,) * (embeddings.dim() - 1)).reshape(found.shape).to(found)

        return forward

    with ExitStack() as stack:
        stack.enter_context(altered(model, by_ids(ids, times)))
        if table is not None:
            stack.enter_context(substituted(table, looking_up(table.forward)))
        yield


def _not_embeddings(model: nn.Module, name: str, embeddings: Tensor, ids: Tensor) -> str | None:
    table = word_table(model)
    if table is None:
        return None
    weight: Any = table.weight
    if bool((ids < 0).any() or (ids >= len(weight)).any()):
        raise ValueError(f"ids of the {name} are out of range: the word table has {len(weight)} rows")
    with torch.no_grad():
        right = table(ids.to(weight.device)).reshape(embeddings.shape)
    off = (right.to(embeddings) != embeddings).flatten(2).any(2)
    if not bool(off.any()):
        return None
    example, token = (int(index) for index in off.nonzero()[0])
    return f"{name} are not the word embeddings of the ids: example {example}, token {token} differs"


def _values(call: Call, ends: tuple[Tensor, ...], ids: Tensor | None, model: nn.Module) -> tuple[Tensor, Tensor]:
    """F at one end, and its rounding: float64 if that is finite, else float32."""

    def run(dtype: torch.dtype) -> Tensor:
        around: Callable[[int], Any] | None = None
        if ids is not None:
            tokens, given = ids.cpu(), converted(ends[0], dtype)
            around = lambda times: _by_ids(model, tokens, given, times)  # noqa: E731
        with torch.no_grad():
            return call.changed(around=around, layers=()).values(converted(ends, dtype), dtype).double()

    exact, rounded = run(torch.float64), run(torch.float32)
    if not bool(exact.isfinite().all()):
        return rounded, torch.full_like(rounded, 2.0**29 * torch.finfo(torch.float32).eps) * rounded.abs()
    return exact, (rounded - exact).abs().nan_to_num(nan=0.0, posinf=0.0)


def _cause(call: Call, model: nn.Module, ends: tuple[Tensor, ...], ids: Tensor) -> str:
    """Which path differs: positions, the mask, or the token that the head reads."""
    runs: list[list[tuple[str, nn.Module, list[Tensor], list[Tensor]]]] = []
    given = converted(ends, torch.float64)
    for with_ids in (False, True):
        seen: list[tuple[str, nn.Module, list[Tensor], list[Tensor]]] = []
        handles = [
            module.register_forward_hook(_recording(name, seen)) for name, module in model.named_modules() if name
        ]
        try:
            around = (lambda times: _by_ids(model, ids.cpu(), given[0], times)) if with_ids else None
            with torch.no_grad():
                call.changed(around=around, layers=()).values(given, torch.float64)
        finally:
            for handle in handles:
                handle.remove()
        runs.append(seen)
    embeddings, tokens = runs
    by_name = {name: (inputs, outputs) for name, _, inputs, outputs in tokens}
    for name, module, inputs, outputs in embeddings:
        if name not in by_name:
            continue
        own_inputs, own_outputs = by_name[name]
        if isinstance(module, nn.Embedding) and "position" in name and not _same(inputs, own_inputs):
            return f"the positions differ ({name}){POSITIONS[0]}"
        if not _same(outputs, own_outputs):
            if module in entry_points(model):
                break
            if _same(inputs, own_inputs) and "att" in name.lower():
                return f"the attention mask differs ({name}){MASK}"
            if "position" in name or "rotary" in name:
                return f"the positions differ ({name}){POSITIONS[1]}"
    bases = [module for module in entry_points(model) if module is not model]
    for name, module, _, outputs in embeddings:
        if module in bases and name in by_name and _same(outputs[:1], by_name[name][1][:1]):
            return (
                "the hidden states are equal, but the head reads another token: by ids it reads the last token before "
                f"padding, and without ids the last position{POOLING}"
            )
    first = next((n for n, _, _, out in embeddings if n in by_name and not _same(out, by_name[n][1])), "its head")
    return f"the first module whose output differs is {first}"


def _recording(name: str, seen: list[tuple[str, nn.Module, list[Tensor], list[Tensor]]]) -> Callable[..., None]:
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        seen.append((name, module, _tensors(inputs), _tensors(output)))

    return hook


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value.detach().clone()]
    if isinstance(value, dict):
        value = list(value.values())
    return [found for one in value for found in _tensors(one)] if isinstance(value, tuple | list) else []


def _same(first: list[Tensor], second: list[Tensor]) -> bool:
    return len(first) == len(second) and all(
        a.shape == b.shape and torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(first, second, strict=True)
    )
