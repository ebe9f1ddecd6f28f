"""The output of a forward as one number for each row."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class BadTarget(ValueError):
    """The target does not select one number for each example of this output."""


class BadOutput(TypeError):
    """The forward does not return a tensor with one row for each example."""


def selected(output: Any, target: Any, rows: int, times: int = 1) -> Tensor:
    """The target's element of each row: (rows,). `target` has the form of `arguments.target_of`.

    Raises   BadOutput if the output is not a tensor; BadTarget if the target does not fit it
    """
    if not isinstance(output, Tensor):
        raise BadOutput(f"forward returns a {type(output).__name__}, not a tensor: return its logits, for example")
    if output.dim() == 0 or len(output) != rows:
        raise BadOutput(
            f"forward returns shape {tuple(output.shape)} for {rows} rows: the first dimension must be the batch"
        )
    shape = tuple(output.shape[1:])
    if target is None:
        if output.numel() != rows:
            raise BadTarget(f"target is None, but forward returns {shape} for each example: choose an element")
        return output.reshape(rows)
    indices = target if isinstance(target, list) else [target]
    for index in indices:
        index = index if isinstance(index, tuple) else (index,)
        if len(index) != len(shape):
            raise BadTarget(f"target {index} has {len(index)} indices, but forward returns {shape} for each example")
        if any(not -size <= one < size for one, size in zip(index, shape, strict=True)):
            raise BadTarget(
                f"target {index[0] if len(index) == 1 else index} is out of range: outputs have shape {shape}"
            )
    if isinstance(target, int):
        return output[:, target]
    if isinstance(target, tuple):
        return output[(slice(None), *target)]
    columns = torch.tensor([one if isinstance(one, tuple) else (one,) for one in target], device=output.device)
    return output[(torch.arange(rows, device=output.device), *columns.repeat(times, 1).unbind(1))]
