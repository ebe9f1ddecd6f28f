"""Where releases of torch and transformers differ, as far as this suite meets it: asked here, and nowhere else.

Transformers itself takes seconds to import: everything here and in strategies waits for it until a model is made.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import torch
from packaging.version import Version
from torch import Tensor, nn


def _version(package: str) -> Version:
    """The installed version; 0 if the package is missing, which is an error only when a model is made."""
    try:
        return Version(version(package))
    except PackageNotFoundError:
        return Version("0")


TRANSFORMERS = _version("transformers")

MIXES_DTYPES = Version("2") <= Version(torch.__version__)
"""Whether torch's LayerNorm takes bfloat16 beside weights in float32, which autocast makes."""

GELU_READS_NO_STRIDES = Version(torch.__version__) < Version("2.4")
"""Whether GELU has wrong gradients in float32 and bfloat16 if those that come back are transposed: 1.13 and 2.1 do."""

ATTENTIONS = ("eager", "sdpa") if Version("4.41") <= TRANSFORMERS else ("eager",)
"""BERT's implementations of attention: 4.30 knows no choice, 4.40 refuses sdpa for BERT."""

CANNOT_COMPILE = (
    None if hasattr(torch, "compile") else f"torch {torch.__version__} has no torch.compile: it came with 2.0"
)
"""Why nothing can be compiled, or None."""

MASKED_BY_BOOLEANS = Version("5") <= TRANSFORMERS
"""Whether sdpa is told which keys to leave out: before, as in eager, the lowest float is added to their scores."""

LAYER_END = ".output" if Version("4.54") <= TRANSFORMERS < Version("5") else ""
"""From an encoder layer to where its hidden states come alone: 4.54 to 4.57 have attention's weights, or None, beside
them, which Captum cannot attribute (known defects none-in-output, unused-in-output).
"""


def norm_of_one_is_constant(dtype: torch.dtype) -> bool:
    """Whether torch's LayerNorm of one unit is 0 to the bit: torch 2.1 rounds x/σ and μ/σ apart in float32."""
    units = torch.linspace(-1, 1, 1000, dtype=dtype).unsqueeze(-1)
    return not nn.functional.layer_norm(units, (1,), eps=1e-12).any()


def slope_of_clamp_at_its_bound() -> float:
    """The derivative that torch gives a clamp where its argument is the bound: 1 up to torch 2.13, 0 in 2.15."""
    bound = torch.ones((), requires_grad=True)
    return float(torch.autograd.grad(bound.clamp(-1, 1), bound)[0])


def computes_in(dtype: torch.dtype) -> bool:
    """Whether torch has what a BERT needs in that dtype on CPU: torch 1.13 and 2.1 have no LayerNorm in float16."""
    return _has_kernels(lambda square: nn.functional.layer_norm(nn.functional.linear(square, square), (2,)), dtype)


def activates_in(name: str, dtype: torch.dtype) -> bool:
    """Whether transformers has that activation, and torch it and its derivative in that dtype on CPU.

    4.30 has no leaky_relu, 4.46 no prelu; torch 1.13 has no mish in bfloat16.
    """
    from transformers.activations import ACT2FN

    return name in ACT2FN and _has_kernels(ACT2FN[name].to(dtype), dtype)


def _has_kernels(function: Callable[[Tensor], Tensor], dtype: torch.dtype) -> bool:
    square = torch.ones(2, 2, dtype=dtype, requires_grad=True)
    try:
        torch.autograd.grad(function(square).sum(), square)
    except RuntimeError as error:
        if "not implemented" not in str(error):
            raise
        return False
    return True
