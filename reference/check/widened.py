"""Float64 for forwards that cast to float32, or that use float32 tensors which no module holds."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from reference.check.copies import mapped

NARROW = (torch.float32, torch.float16, torch.bfloat16)

CASTS = ("float", "half", "bfloat16")
"""Methods of a tensor that cast it."""


class Widened(TorchFunctionMode):
    """Inside, casts to a dtype narrower than float64 do nothing, and tensors that meet a float64 one are float64."""

    def __enter__(self) -> Widened:
        self._default = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        torch.set_default_dtype(self._default)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in CASTS and args and isinstance(args[0], Tensor):
            return args[0].double()
        if any(_is_float64(one) for one in (*args, *kwargs.values())):
            first = args[:1] if _in_place(name) else ()  # what is changed in place stays the same tensor
            args, kwargs = (*first, *_tensors(tuple(args[len(first) :]))), _tensors(dict(kwargs))
        return func(*_dtypes(tuple(args)), **_dtypes(dict(kwargs)))


def _in_place(name: str) -> bool:
    """Whether a function of that name changes its first argument: add_, __iadd__, __setitem__."""
    return name.startswith(("__i", "__set")) or (name.endswith("_") and not name.endswith("__"))


def _is_float64(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(_is_float64(one) for one in value)
    return isinstance(value, Tensor) and value.dtype == torch.float64


def _tensors(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.double() if value.dtype in NARROW else value
    return mapped(value, _tensors)


def _dtypes(value: Any) -> Any:
    if isinstance(value, torch.dtype):
        return torch.float64 if value in NARROW else value
    return mapped(value, _dtypes)
