"""The path behind the embeddings module: the image of the straight line of word embeddings is a curve."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from reference.check.command.columns import embeddings_module
from reference.check.command.explanation import Explanation
from reference.check.copies import converted
from reference.check.field import Call
from reference.check.model_calls import word_table

POINTS = 17
"""Points of the curve."""


@dataclass(frozen=True)
class Bend:
    """The curve of one token in the plane of its chord and of its largest distance from the chord.

    `along` and `across` are coordinates of POINTS points, `share` is the largest distance over the chord's length.
    """

    token: str
    module: str
    share: float
    along: list[float]
    across: list[float]


class _ReachedError(Exception):
    """The module has run: the rest of the model need not."""


def largest_bend(explanation: Explanation) -> Bend | None:
    """The curve of the token whose path bends most, or None if the model has no embeddings module that is run."""
    model, call = explanation.loaded.model, explanation.columns[0].call
    table = word_table(model)
    module = None if table is None else embeddings_module(model, table)
    if module is None or call.layers:
        return None
    curve = _curve(call, model.get_submodule(module))
    if curve is None:
        return None
    chord = curve[-1] - curve[0]
    length = chord.norm(dim=-1)
    unit = chord / length.clamp(min=1e-300).unsqueeze(-1)
    moved = curve - curve[0]
    along = (moved * unit).sum(-1)
    off = moved - along.unsqueeze(-1) * unit
    share = torch.where(length > 0, off.norm(dim=-1).amax(0) / length.clamp(min=1e-300), 0.0)
    token = int(share.argmax())
    if not float(share[token]) > 0:
        return None
    here = off[:, token]
    axis = here[int(here.norm(dim=-1).argmax())]
    across = here @ (axis / axis.norm())
    name = explanation.encoded.tokens[token]
    return Bend(name, module, float(share[token]), along[:, token].tolist(), across.tolist())


def _curve(call: Call, module: nn.Module) -> Tensor | None:
    """What the module returns on the path: (POINTS, length, hidden)."""
    seen: list[Tensor] = []
    x, baseline = (converted(one, torch.float64)[0] for one in (call.inputs, call.baselines))
    with torch.no_grad(), _watched(module, seen):
        for alpha in torch.linspace(0, 1, POINTS, dtype=torch.float64):
            try:
                call.values((baseline + alpha * (x - baseline),), torch.float64)
            except _ReachedError:
                continue
            return None
    return torch.cat(seen)


@contextmanager
def _watched(module: nn.Module, seen: list[Tensor]) -> Iterator[None]:
    """Inside, the first output of the module is kept, and the model stops there."""

    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            seen.append(output.detach())
            raise _ReachedError

    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()
