"""Whether F is a function of one example: the same twice, with and without gradients, and beside any other rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from reference.check.copies import converted
from reference.check.field import Call
from reference.check.unsound import Unsound
from reference.check.uses import Uses
from reference.oracle.budget import rounding
from reference.violation import first_line

RUNS = 8
"""How often a forward whose values differ is run again, before anything but randomness is blamed."""


def twice(whole: Call, once: Tensor, uses: Uses, runs: int = 1) -> None:
    """Raises   Unsound if the forward returns another value for the same input in one of the runs."""
    ends = converted(whole.inputs, torch.float64)
    if all(_equal(once, whole.values(ends, torch.float64)) for _ in range(runs)):
        return
    sentence = "forward returns two different values for the same input"
    with _evaluating(whole) as training:
        first = whole.values(ends, torch.float64)
        fixed = training and all(_equal(first, whole.values(ends, torch.float64)) for _ in range(RUNS))
    if fixed:
        dropout = next((name for name, part in _named(whole) if uses.called(part) and _drops(part)), None)
        cause = "the model is in train mode" if dropout is None else f"dropout is active ({dropout})"
        raise Unsound(f"{sentence}: {cause}; call model.eval()")
    raise Unsound(
        f"{sentence}: it draws random numbers (noise, or F.dropout with training=True) or keeps state from call to "
        "call (a counter, a recurrent state). Remove the randomness, or reset the state in each call"
    )


def without_gradients(whole: Call, once: Tensor, uses: Uses) -> list[str]:
    """The remark that the forward gives another value under no_grad, if it does."""
    ends = converted(whole.inputs, torch.float64)
    try:
        values = whole.without_gradients(ends, torch.float64)
    except Exception as error:  # whatever a forward raises
        return [f"forward does not run under no_grad: {first_line(error)}. It is judged with gradients"]
    if (example := _apart(whole, once, values)) is None:
        return []
    twice(whole, once, uses, RUNS)
    return [
        f"forward gives another value under no_grad than with gradients: F(x) of example {example} is "
        f"{float(values[example]):.6g} under no_grad and {float(once[example]):.6g} with gradients. The numbers are "
        "judged by F with gradients. (nn.TransformerEncoder does this with a padding mask; enable_nested_tensor=False "
        "turns it off)"
    ]


def rows_apart(whole: Call, once: Tensor, uses: Uses) -> None:
    """Raises   Unsound if F of a row depends on the other rows."""
    both = tuple(torch.cat(ends) for ends in zip(*(converted(e, torch.float64) for e in _ends(whole)), strict=True))

    def apart(alone: Tensor) -> int | None:
        return _apart(whole, alone, whole.values(both, torch.float64)[: len(alone)])

    try:
        example = apart(once)
    except Exception as error:  # whatever a forward raises
        raise Unsound(
            f"forward does not run with the rows of inputs and baselines in one batch: {first_line(error)}"
        ) from error
    if example is None:
        return
    twice(whole, once, uses, RUNS)
    norms = [(name, part) for name, part in _named(whole) if uses.called(part) and isinstance(part, _BatchNorm)]
    with _evaluating(whole) as training:
        ends = converted(whole.inputs, torch.float64)
        fixed = training and apart(whole.values(ends, torch.float64)) is None
    active = [name for name, part in norms if part.training]
    if fixed and active:
        raise Unsound(f"BatchNorm is in train mode ({active[0]}): call model.eval()")
    without = [name for name, part in norms if part.running_mean is None]
    cause = f": BatchNorm without running statistics ({without[0]})" if without else ""
    mode = ". Call model.eval()" if fixed else ""
    raise Unsound(
        f"rows influence each other{cause}: F(x) of example {example} is another number beside other rows, so that it "
        f"has no attribution of its own{mode}"
    )


def batch_norm_of_one_row(call: Call, error: Exception) -> str | None:
    """That a BatchNorm in train mode cannot run on one row, in words, or None."""
    names = [name for name, part in _named(call) if isinstance(part, _BatchNorm) and part.training]
    if not names or "more than 1 value per channel" not in str(error):
        return None
    return f"BatchNorm is in train mode ({names[0]}): call model.eval()"


def _ends(whole: Call) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    return whole.inputs, whole.baselines


def _equal(first: Tensor, second: Tensor) -> bool:
    return torch.equal(first.nan_to_num(), second.nan_to_num())


def _apart(whole: Call, once: Tensor, values: Tensor) -> int | None:
    """The first example whose two values differ by more than rounding in float32, or None."""
    once, values = (one.nan_to_num(0.0, 0.0, 0.0) for one in (once, values))
    off = (once - values).abs()
    if not bool((off > 0).any()):
        return None
    try:
        rounded = whole.values(converted(whole.inputs, torch.float32), torch.float32).double()
    except Exception:  # whatever a forward raises
        rounded = once
    unit = (rounded.nan_to_num(0.0, 0.0, 0.0) - once).abs()
    unit = unit.max().expand_as(unit)  # one example may be rounded by chance to its own value
    apart = (off > rounding(unit, once.abs() + values.abs(), torch.float32).value).nonzero()
    return int(apart[0]) if len(apart) else None


def _named(whole: Call) -> Iterator[tuple[str, nn.Module]]:
    for module in whole.copies.modules:
        for name, part in module.named_modules():
            yield name or type(part).__name__, part


def _drops(module: nn.Module) -> bool:
    return module.training and "dropout" in type(module).__name__.lower()


@contextmanager
def _evaluating(whole: Call) -> Iterator[bool]:
    """Inside, all modules are in eval mode. Yields whether one was not."""
    training = [part for _, part in _named(whole) if part.training]
    for part in training:
        part.training = False
    try:
        yield bool(training)
    finally:
        for part in training:
            part.training = True
