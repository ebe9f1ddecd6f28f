"""A built problem made of a model: its two entries, token ids and word embeddings, and the parts that laws name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Entry
from reference.models.weights import vectors
from reference.problem import Vectors

Arguments = Mapping[str, Tensor | None]


def built_problem(
    model: nn.Module,
    run: Callable[..., Tensor],
    table: nn.Module,
    ids: Tensor,
    baseline: Tensor | Vectors,
    arguments: Arguments,
    baseline_arguments: Arguments | None = None,
    **built: Any,
) -> BuiltProblem:
    """The problem built of `run(input_ids=… or inputs_embeds=…, **arguments)`; `table` is the word table.

    Shapes   ids and, unless it is `Vectors`, the baseline (batch, length); the table's output (batch, length, hidden)
    """
    names, given = tuple(arguments), tuple(arguments.values())

    def by_ids(ids: Tensor, *additional: Any) -> Tensor:
        return run(input_ids=ids, **dict(zip(names, additional, strict=False)))

    def by_embeddings(embeddings: Tensor, *additional: Any) -> Tensor:
        return run(inputs_embeds=embeddings, **dict(zip(names, additional, strict=False)))

    with torch.no_grad():
        inputs = table(ids)
        if isinstance(baseline, Vectors):
            ids_entry, baselines = None, vectors(baseline, tuple(inputs.shape)).to(inputs)
        else:
            there = None if baseline_arguments is None else tuple(baseline_arguments.values())
            ids_entry, baselines = Entry(by_ids, ids, baseline, given, there, names), table(baseline)
    return BuiltProblem(model, Entry(by_embeddings, inputs, baselines, given, names=names), ids_entry, **built)
