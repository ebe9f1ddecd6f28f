"""What is right for a call on a small net: the oracle sees values, and neither the form nor the mode of the call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import Layer
from reference.models.net import Net, TinyNet
from reference.models.net_data import values_of
from reference.oracle.joint import Answer, Asked, answer
from reference.oracle.quadrature import Rule
from reference.problem import DTYPES, Problem


def right(problem: Problem, rule: Rule, device: str = "cpu") -> Answer:
    """The attribution of each input or layer, and the delta, for a subject on that device.

    Autocast has the precision of bfloat16.
    """
    call = problem.call
    casts = call.mode.autocast and problem.dtype == torch.float32
    dtype = torch.bfloat16 if casts else problem.dtype
    computed = torch.float32 if casts or dtype == torch.float64 else dtype
    output = DTYPES[problem.model.output_dtype] if problem.model.output_dtype else dtype
    float64 = _asked(problem, torch.float64, nullcontext)
    low = _asked(problem, computed, autocast if casts else nullcontext)
    return answer(float64, low, rule, dtype, output, device, factor=call.multiply_by_inputs)


def layers_of(problem: Problem) -> list[Layer]:
    """The layers of the call: none for IG."""
    call = problem.call
    return [] if call.layer is None else [Layer.named(name) for name in (call.layer, *call.more_layers)]


def autocast(device: str = "cpu") -> Any:
    """Autocast: products in bfloat16."""
    return torch.autocast(device, dtype=torch.bfloat16)


def _asked(problem: Problem, dtype: torch.dtype, around: Callable[[], AbstractContextManager[Any]]) -> Asked:
    spec: TinyNet = replace(problem.model, output_dtype=None)
    if spec.doubling:
        spec = replace(spec, doubling="out of place")
    net = _net(spec, dtype)
    values = values_of(problem, dtype)
    ends = values.inputs, values.baselines
    return Asked(net, *ends, values.arguments, _targets(problem), tuple(layers_of(problem)), around)


@lru_cache(maxsize=8)
def _net(spec: TinyNet, dtype: torch.dtype) -> Net:
    """The net, for several calls: the oracle only reads it."""
    return spec.module(dtype)


def _targets(problem: Problem) -> Tensor:
    """The index of each example's number in its output: (examples, dimensions)."""
    target, dims, examples = problem.call.target, len(problem.model.output), problem.data.examples
    each = isinstance(target, tuple) and (dims == 1 or isinstance(target[0], tuple))
    indices: Any = target if each else (() if target is None else target,) * examples
    return torch.tensor(indices, dtype=torch.long).reshape(examples, dims)
