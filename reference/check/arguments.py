"""The arguments of a check in every form that Captum takes, in one form; a bad argument is an error that names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

FLOATS = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


def tensors(value: Any, name: str) -> tuple[Tensor, ...]:
    """A tensor, or a tuple or list of tensors, as a tuple; all with the same number of examples."""
    found = tuple(value) if isinstance(value, tuple | list) else (value,)
    for one in found:
        if not isinstance(one, Tensor):
            hint = ": pass its ['input_ids']" if isinstance(one, Mapping) and "input_ids" in one else ""
            raise ValueError(f"{name} must be a tensor or a tuple of tensors; got {described(one)}{hint}")
        if one.dim() == 0 or len(one) == 0:
            raise ValueError(f"{name} must have at least one example in its first dimension; got {described(one)}")
    if not found:
        raise ValueError(f"{name} must be a tensor or a tuple of tensors; got an empty tuple")
    sizes = {len(one) for one in found}
    if len(sizes) > 1:
        raise ValueError(f"{name} must have the same number of examples each; got {sorted(sizes)}")
    return tuple(one.detach() for one in found)


def floating(inputs: tuple[Tensor, ...]) -> None:
    """Inputs of IG are floating: token ids have no gradient."""
    for one in inputs:
        if not one.is_floating_point():
            raise ValueError(
                f"IG needs floating inputs, but inputs have dtype {dtype_name(one)}: pass embeddings, or use "
                "check_layer_integrated_gradients(forward, layer, …) for token ids"
            )
        if one.dtype not in FLOATS:
            raise ValueError(f"inputs have dtype {dtype_name(one)}: use float64, float32, bfloat16 or float16")
        if not bool(torch.isfinite(one).all()):
            raise ValueError("inputs contain nan or inf")


def baselines_like(baselines: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """None, a number, a tensor of one example or of all, or a tuple of these: one tensor for each input, expanded."""
    given = tuple(baselines) if isinstance(baselines, tuple | list) else (baselines,)
    if baselines is None or isinstance(baselines, int | float):
        given = (baselines,) * len(inputs)
    if len(given) != len(inputs):
        raise ValueError(f"got {len(given)} baselines for {len(inputs)} inputs: pass one baseline for each input")
    return tuple(_baseline(one, x) for one, x in zip(given, inputs, strict=True))


def _baseline(baseline: Any, x: Tensor) -> Tensor:
    if baseline is None or (isinstance(baseline, int | float) and not isinstance(baseline, bool)):
        return torch.full_like(x, baseline or 0)
    if not isinstance(baseline, Tensor):
        raise ValueError(f"baselines must be None, a number or a tensor; got {described(baseline)}")
    if baseline.is_floating_point() != x.is_floating_point():
        raise ValueError(
            f"baselines have dtype {dtype_name(baseline)}, but inputs {dtype_name(x)}: convert the baselines"
        )
    if baseline.dim() == 0 or baseline.shape in (x.shape, (1, *x.shape[1:])):
        expanded = baseline.detach().to(x.device).expand_as(x)
        if expanded.is_floating_point() and not bool(torch.isfinite(expanded).all()):
            raise ValueError("baselines contain nan or inf")
        return expanded.to(torch.promote_types(x.dtype, expanded.dtype))
    raise ValueError(
        f"baselines have shape {tuple(baseline.shape)}, but inputs {tuple(x.shape)}: pass the shape of the inputs, "
        f"or {(1, *x.shape[1:])}"
    )


def additional(given: Any) -> tuple[Any, ...]:
    """`additional_forward_args` as a tuple: None is none, and what is not a tuple is one argument."""
    if given is None:
        return ()
    return given if isinstance(given, tuple) else (given,)


def target_of(target: Any, examples: int) -> Any:
    """None, an int, a tuple of ints (one index for all), or a list with an index for each example."""
    if isinstance(target, bool):
        raise ValueError(f"target must be an index; got {target!r}")
    if isinstance(target, np.ndarray | np.integer):
        target = torch.as_tensor(target)
    if isinstance(target, Tensor):
        if target.is_floating_point() or target.dtype == torch.bool:
            raise ValueError(f"target must contain indices; got dtype {dtype_name(target)}")
        target = int(target) if target.numel() == 1 else target.tolist()
    if target is None or isinstance(target, int):
        return target
    if isinstance(target, tuple) and target and all(isinstance(one, int) for one in target):
        return target[0] if len(target) == 1 else target
    if isinstance(target, list) and target:
        each = [tuple(one) if isinstance(one, tuple | list) else one for one in target]
        if not all(isinstance(one, int | tuple) for one in each):
            raise ValueError(f"target must contain an index for each example; got {target!r:.80}")
        if len(each) == 1:
            return each[0]
        if len(each) != examples:
            raise ValueError(f"target has {len(each)} indices for {examples} examples: pass one for each example")
        return each
    raise ValueError(f"target must be None, an index, a tuple of indices, or a list for each example; got {target!r}")


def a_module(model: Any) -> nn.Module | None:
    """`model` is a torch module or None."""
    if model is None or isinstance(model, nn.Module):
        return model
    raise ValueError(f"model must be a torch.nn.Module or None; got {described(model)}")


def layers(layer: Any) -> tuple[nn.Module, ...]:
    """One module, or a list or tuple of modules."""
    found = tuple(layer) if isinstance(layer, list | tuple) else (layer,)
    for one in found:
        if not isinstance(one, nn.Module):
            raise ValueError(f"layer must be a torch.nn.Module or a list of them; got {described(one)}")
    if not found:
        raise ValueError("layer must be a torch.nn.Module or a list of them; got an empty list")
    if len(set(found)) < len(found):
        raise ValueError("layer has the same module twice: name each module once")
    return found


def ids_of(ids: Any, name: str, like: tuple[Tensor, ...]) -> Tensor | None:
    """Token ids (batch, length) of the first input (batch, length, hidden), or None.

    One row of baseline ids is expanded, as one baseline is.
    """
    if ids is None:
        return None
    if isinstance(ids, Mapping):
        raise ValueError(f"{name} must be a tensor of token ids; got {described(ids)}: pass its ['input_ids']")
    try:
        found = ids if isinstance(ids, Tensor) else torch.as_tensor(ids)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} must be a tensor of token ids (batch, length); got {described(ids)}") from error
    first = like[0]
    if found.is_floating_point() or found.dtype == torch.bool:
        raise ValueError(f"{name} must contain token ids; got dtype {dtype_name(found)}")
    rows = (len(first), 1) if name == "baseline_ids" else (len(first),)
    if first.dim() < 3:
        raise ValueError(
            f"{name} need inputs of embeddings (batch, length, hidden); got inputs of shape {tuple(first.shape)}"
        )
    if found.dim() != 2 or found.shape[1] != first.shape[1] or len(found) not in rows:
        raise ValueError(
            f"{name} have shape {tuple(found.shape)}, but inputs {tuple(first.shape)}: pass (batch, length)"
        )
    return found.long().expand(len(first), -1)


def share(value: Any, name: str) -> float | None:
    """A number between 0 and 1, or None."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1):
        raise ValueError(f"{name} must be a share of the largest number, between 0 and 1, or None; got {value!r}")
    return value


def numbers(value: Any, shapes: Sequence[tuple[int, ...]], name: str = "attributions") -> tuple[Tensor, ...]:
    """Attributions as tensors in float64: a tensor, an array, a list, or a tuple with one for each input."""
    if hasattr(value, "attribute"):
        raise ValueError(
            f"{name} is an object of class {type(value).__name__}: pass its numbers, or its method `attribute`"
        )
    parts = value if isinstance(value, tuple) or (isinstance(value, list) and _holds(value, Tensor)) else (value,)
    if len(parts) != len(shapes):
        raise ValueError(
            f"{name} have {len(parts)} tensors, but there are {len(shapes)} inputs or layers: pass one tensor for each"
        )
    return tuple(_number(part, name) for part in parts)


def stored_in(value: Any) -> torch.dtype | None:
    """float16 or bfloat16, if all numbers are values of that dtype, and one needs all its digits; else None."""
    parts = value if isinstance(value, tuple) or (isinstance(value, list) and _holds(value, Tensor)) else (value,)
    flat = torch.cat([_number(part, "attributions").flatten() for part in parts])
    flat = flat[flat.isfinite() & (flat != 0)]
    for dtype in (torch.bfloat16, torch.float16):
        if len(flat) == 0 or not torch.equal(flat.to(dtype).double(), flat):
            continue
        digits = torch.finfo(dtype).eps * torch.exp2(torch.frexp(flat)[1] - 1)
        if bool(((flat / digits) % 2 == 1).any()):
            return dtype
    return None


def _number(part: Any, name: str) -> Tensor:
    try:
        found = part if isinstance(part, Tensor) else torch.as_tensor(np.asarray(part))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} must be numbers; got {described(part)}") from error
    if found.is_complex() or found.dtype == torch.bool:
        raise ValueError(f"{name} must be real numbers; got dtype {dtype_name(found)}")
    return found.detach().cpu().double()


def _holds(values: list[Any], kind: type) -> bool:
    return bool(values) and all(isinstance(value, kind) for value in values)


def dtype_name(tensor: Tensor) -> str:
    """`float32` for a tensor of torch.float32."""
    return str(tensor.dtype).removeprefix("torch.")


def described(value: Any) -> str:
    """A value in a few words, for an error."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)} and dtype {dtype_name(value)}"
    if value is None or isinstance(value, int | float | str | bool):
        return f"{value!r:.60}"
    return f"a {type(value).__name__}"
