"""Whether a model computes in float32 whatever its dtype is: then a float64 result is right to float32 alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from reference.check.field import Call


class _Casts(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.found: bool = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        given = [one for one in (*args, *kwargs.values()) if isinstance(one, Tensor)]
        on_path = any(one.dtype == torch.float64 and one.requires_grad for one in given)
        narrow = isinstance(output, Tensor) and output.dtype in (torch.float32, torch.bfloat16, torch.float16)
        if on_path and (narrow or kwargs.get("dtype") is torch.float32):
            self.found = True
        return output


def computes_in_float32(call: Call) -> bool:
    """Whether, on the path in float64, something is cast to a narrower dtype."""
    if call.widened:
        return True
    path, _ = call.path(torch.float64)
    parameters = [one for one in call.copies.own if one.requires_grad]
    try:
        for one in parameters:
            one.requires_grad_(False)
        with _Casts() as casts:
            path.field.with_gradient(path.x)
    finally:
        for one in parameters:
            one.requires_grad_(True)
    return bool(casts.found)
