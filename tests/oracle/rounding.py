"""What torch and NumPy may differ by: a float64 result against torch's in float32 and float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


def rounding_budget(in_float32: Tensor, in_float64: Tensor) -> float:
    """How far a correct float64 result may lie from `in_float64`: 32 units of the float32 error · 2^-29, and 4 ulps."""
    unit = float((in_float32.double() - in_float64).abs().max()) * 2.0**-29
    return 32 * unit + 4 * float(np.spacing(float(in_float64.abs().max())))


def assert_equal_to_rounding(ours: Array, in_float32: Tensor, in_float64: Tensor) -> None:
    """Shape, dtype and values are those of a correct float64 result."""
    assert type(ours) is np.ndarray
    assert ours.dtype == np.float64
    assert ours.shape == in_float64.shape
    assert in_float32.isfinite().all()
    error, budget = np.abs(ours - in_float64.numpy()).max(), rounding_budget(in_float32, in_float64)
    assert error <= budget, f"an error of {error:.3g} is more than rounding, {budget:.3g}"
