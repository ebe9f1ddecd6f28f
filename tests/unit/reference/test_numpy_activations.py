"""The activations in NumPy are those of transformers, to rounding: value and derivative, at kinks too."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from autograd import elementwise_grad
from torch import Tensor
from transformers.activations import ACT2FN

from reference.oracle.numpy.activations import ACTIVATIONS
from tests.unit.reference.rounding import assert_equal_to_rounding


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS.keys() & ACT2FN.keys()))
def test_activation_and_slope_are_those_of_torch_at_kinks_too(activation: str) -> None:
    kinks = [-10.0, -3.0, 0.0, 3.0, 6.0, 10.0, 20.0]
    points = torch.tensor([*kinks, *np.arange(-12, 21, 0.375)], dtype=torch.float64)

    def in_torch(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        x = points.to(dtype).requires_grad_()
        value = ACT2FN[activation](x)
        return value.detach(), torch.autograd.grad(value.sum(), x)[0]

    function = ACTIVATIONS[activation]
    ours = function(points.numpy()), elementwise_grad(function)(points.numpy())
    for part, in_float32, in_float64 in zip(ours, in_torch(torch.float32), in_torch(torch.float64), strict=True):
        assert_equal_to_rounding(part, in_float32, in_float64)


@pytest.mark.parametrize("activation", ACT2FN)
def test_every_activation_without_parameters_is_covered(activation: str) -> None:
    assert (activation in ACTIVATIONS) == (not list(ACT2FN[activation].parameters()))
