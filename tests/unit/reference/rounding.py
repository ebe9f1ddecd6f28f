"""What torch and NumPy may differ by: a float64 result against torch's in float32 and float64."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference.oracle.budget import rounding

Array = NDArray[np.float64]


def assert_equal_to_rounding(ours: Array, in_float32: Tensor, in_float64: Tensor) -> None:
    """Shape, dtype and values are those of a correct float64 result, within the budget of reference.oracle.budget."""
    assert type(ours) is np.ndarray
    assert ours.dtype == np.float64
    assert ours.shape == in_float64.shape
    assert in_float32.isfinite().all()
    unit, magnitude = (in_float32.double() - in_float64).abs().max(), in_float64.abs().max()
    error, budget = np.abs(ours - in_float64.numpy()).max(), float(rounding(unit, magnitude, torch.float64).value)
    assert error <= budget, f"an error of {error:.3g} is more than rounding, {budget:.3g}"
