"""What an axiom changes in a built problem: the output, the ends of the path, the features' units, the weights' order.

Each change makes one built problem of another: an entry is changed in a copy, a model in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Entry


def summed(factors: tuple[float, ...]) -> Callable[[BuiltProblem], BuiltProblem]:
    """The forward's first outputs summed with these factors: one number per row."""

    def change(entry: Entry) -> Entry:
        def forward(*arguments: Any) -> Tensor:
            outputs: Tensor = entry.forward(*arguments)
            return outputs[:, : len(factors)] @ torch.tensor(factors).to(outputs)

        return replace(entry, forward=forward)

    return lambda built: built.with_entries(change)


def in_one_row(built: BuiltProblem) -> BuiltProblem:
    """An output of several dimensions as one row of numbers for each example."""

    def change(entry: Entry) -> Entry:
        def forward(*arguments: Any) -> Tensor:
            outputs: Tensor = entry.forward(*arguments)
            return outputs.flatten(1)

        return replace(entry, forward=forward)

    return replace(built.with_entries(change), output_dims=2)


def exchanged(built: BuiltProblem) -> BuiltProblem:
    """Input and baseline in each other's place."""
    return built.with_entries(lambda entry: replace(entry, inputs=entry.baselines, baselines=entry.inputs))


def between(start: float, end: float) -> Callable[[BuiltProblem], BuiltProblem]:
    """The part of the path from α = start to α = end."""

    def change(built: BuiltProblem) -> BuiltProblem:
        entry = built.embeddings
        points = {0.0: entry.baselines, 1.0: entry.inputs}
        low, high = (
            points.get(alpha, entry.baselines + alpha * (entry.inputs - entry.baselines)) for alpha in (start, end)
        )
        return replace(built, embeddings=replace(entry, inputs=high, baselines=low))

    return change


def rescaled(entry: Entry) -> Entry:
    """Every feature in a unit of its own, 2^-3 to 2^3 times the old one."""
    features = torch.arange(entry.inputs[0].numel()).reshape(entry.inputs[0].shape)
    scale = (2.0 ** (features * 5 % 7 - 3)).to(entry.inputs)

    def forward(points: Tensor, *additional: Any) -> Any:
        return entry.forward(points / scale, *additional)

    return replace(entry, forward=forward, inputs=entry.inputs * scale, baselines=entry.baselines * scale)


def units_reversed(built: BuiltProblem) -> BuiltProblem:
    """Each layer's attention heads in reverse order, and its intermediate units, with the weights on both sides."""
    built.reverse_units()
    return built
