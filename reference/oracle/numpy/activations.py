"""The activations of a BERT that have no parameters (prelu has one: numpy_bert), in NumPy, for HIPS autograd.

Elementwise, any shape, float64. Where a formula leaves a derivative open (a kink), it is that of torch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import pi, sqrt
from typing import Any

import autograd.numpy as np

from reference.models.versions import slope_of_clamp_at_its_bound

Traced = Any  # a float64 array, or autograd's box around one


@lru_cache(maxsize=1)
def special() -> Any:
    """The special functions of SciPy, imported when they are first used: that takes long, and few runs need them."""
    from autograd.scipy import special

    return special


def erf(x: Traced) -> Traced:
    """The error function."""
    return special().erf(x)


def expit(x: Traced) -> Traced:
    """The logistic function 1 / (1 + e⁻ˣ)."""
    return special().expit(x)


def gelu(x: Traced) -> Traced:
    """The Gaussian error linear unit x Φ(x). Source: Hendrycks and Gimpel 2016 (1606.08415), 2."""
    return x * (1 + erf(x / sqrt(2))) / 2


def gelu_tanh(x: Traced, slope: float = sqrt(2 / pi)) -> Traced:
    """Its approximation x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2. Source: Hendrycks and Gimpel 2016, 2."""
    return x * (1 + np.tanh(slope * (x + 0.044715 * x * x * x))) / 2


def gelu_clipped(x: Traced) -> Traced:
    """Its values kept within [−10, 10]; at a bound the derivative is the inner one, or 0: as torch has it."""
    value = gelu(x)
    beyond = np.abs(value) > 10 if slope_of_clamp_at_its_bound() else np.abs(value) >= 10
    return np.where(beyond, 10 * np.sign(value), value)


def softplus(x: Traced) -> Traced:
    """A smooth maximum of x and 0: log(1 + eˣ)."""
    return np.logaddexp(0.0, x)


def relu(x: Traced) -> Traced:
    """The maximum of x and 0, with derivative 0 at 0."""
    return np.where(x > 0, x, 0.0)


ACTIVATIONS: dict[str, Callable[[Traced], Traced]] = {
    "gelu": gelu,
    "gelu_10": gelu_clipped,
    "gelu_accurate": gelu_tanh,
    "gelu_fast": lambda x: gelu_tanh(x, slope=0.7978845608),
    "gelu_new": gelu_tanh,
    "gelu_python": gelu,
    "gelu_python_tanh": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "hardswish": lambda x: np.where(x <= -3, 0.0, np.where(x >= 3, x, x * (x + 3) / 6)),
    "laplace": lambda x: (1 + erf((x - 0.707107) / (0.282095 * sqrt(2)))) / 2,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "linear": lambda x: x,
    "mish": lambda x: x * np.tanh(softplus(x)),
    "quick_gelu": lambda x: x * expit(1.702 * x),
    "relu": relu,
    "relu2": lambda x: relu(x) ** 2,
    "relu6": lambda x: np.where(x >= 6, 6.0, relu(x)),
    "sigmoid": expit,
    "silu": lambda x: x * expit(x),
    "sqrtsoftplus": lambda x: np.sqrt(np.where(x > 20, x, softplus(x))),
    "swish": lambda x: x * expit(x),
    "tanh": np.tanh,
}
