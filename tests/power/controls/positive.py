"""Right implementations that are built differently. Each must pass every law: a violation is a bug of the law.

They are textbook with one part replaced. What differs is all that an implementation is free to choose: the order and
number of rows in a call, how a gradient is taken, how sums are rounded, the layout of results, the words of errors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from unittest import mock

import torch
from torch import Tensor

from tests.power.controls import walks
from tests.power.controls.control import Control
from tests.power.controls.walks import Walk
from tests.subjects.textbook import Textbook, checks, integrated_gradients
from tests.subjects.textbook.scalar import Scalar

JOINED = integrated_gradients._joined
GAP = Scalar.gap
RULE = checks.rule


def walking(walk: Callable[..., list[Tensor]]) -> Callable[[], contextlib.AbstractContextManager[Any]]:
    """Textbook with another `integrate`."""
    return lambda: mock.patch.object(integrated_gradients, "integrate", walk)


def with_other_strides() -> contextlib.AbstractContextManager[Any]:
    """The results lie in memory with the last dimension first."""

    def joined(groups: list[list[Tensor]]) -> list[Tensor]:
        return [whole.movedim(-1, 0).contiguous().movedim(0, -1) for whole in JOINED(groups)]

    return mock.patch.object(integrated_gradients, "_joined", joined)


@contextlib.contextmanager
def with_other_words() -> Iterator[None]:
    """Every error of textbook in words that another author would choose."""

    def reworded(name: str, words: str) -> Callable[..., Any]:
        own = getattr(checks, name)

        def checking(*given: Any) -> Any:
            try:
                return own(*given)
            except (ValueError, TypeError, IndexError, RuntimeError) as error:
                raise ArithmeticError(words.format(*map(_short, given))) from error

        return checking

    with contextlib.ExitStack() as stack:
        for name, words in OTHER_WORDS.items():
            stack.enter_context(mock.patch.object(checks, name, reworded(name, words)))
        stack.enter_context(mock.patch.object(checks, "rule", other_rule))
        yield


OTHER_WORDS = {
    "rows": "cannot make chunks of {0}",
    "inputs": "x is no batch of tensors",
    "float_inputs": "x has dtype {0}, but a path needs a float tensor",
    "baselines": "no line leads from x' = {0} to x",
    "output": "model must return one prediction per example",
    "target": "class index {0} is out of range, or there is not one for each example",
    "no_gradient": "not differentiable with respect to x",
    "layers": "{0}: a module is needed, or several different ones",
    "called_once": "this module was not visited exactly once",
    "batch_first": "the rows of this module are not the examples",
}


def other_rule(method: str, n_steps: Any) -> None:
    """`checks.rule` in other words."""
    if method not in checks.METHODS:
        raise LookupError(f"{method!r} is no quadrature that I know")
    try:
        RULE(method, n_steps)
    except ValueError as error:
        raise ArithmeticError(f"cannot take {n_steps} steps") from error


def _short(value: Any) -> str:
    return repr(getattr(value, "dtype", value))[:60]


class OtherDefaults(Textbook):
    """Ten midpoints, if a call leaves them out."""

    name = "other defaults"
    defaults: ClassVar = {"n_steps": 10, "method": "riemann_middle"}

    def ig(self, *given: Any, **options: Any) -> Any:
        return Textbook.ig(*given, **{**self.defaults, **options})

    def lig(self, *given: Any, **options: Any) -> Any:
        return Textbook.lig(*given, **{**self.defaults, **options})


def with_delta_in_float64() -> contextlib.AbstractContextManager[Any]:
    """A delta more precise than the model."""

    def gap(self: Scalar, *arguments: Any) -> Tensor:
        return GAP(self, *arguments).double()

    return mock.patch.object(Scalar, "gap", gap)


class FewRows(Textbook):
    """Makes no promise to fill a chunk."""

    name = "few rows"
    fills_chunks = False


def textbook(name: str, walk: Callable[..., list[Tensor]], subject: type[Textbook] = Textbook) -> Control:
    return Control(name, subject, walking(walk))


BY_AUTOGRAD = (
    textbook("all steps of one example, then the next", Walk(walks.example_by_example)),
    textbook("five rows a call", Walk(size=5), FewRows),
    textbook("one row a call", Walk(size=1), FewRows),
    textbook("backwards", Walk(walks.backwards)),
    textbook("gradients in .grad", Walk(gradients=walks.by_backward)),
    textbook("sums in float64", Walk(dtype=torch.float64)),
    textbook("compensated sums", Walk(size=3, adding=walks.Compensated), FewRows),
    textbook("steps in threads", walks.in_threads),
    Control("delta in float64", Textbook, with_delta_in_float64),
    Control("other strides", Textbook, with_other_strides),
    Control("other words in errors", Textbook, with_other_words),
    Control("defaults of its own", OtherDefaults),
)

BY_FUNCTORCH = (
    textbook("vjp of torch.func", Walk(gradients=walks.by_vjp)),
    textbook("vmap of grad", Walk(walks.example_by_example, gradients=walks.by_vmap_of_grad), FewRows),
    textbook("forward mode", Walk(gradients=walks.by_forward_mode), FewRows),
)
"""Since torch 2.0."""

POSITIVE = BY_AUTOGRAD + (BY_FUNCTORCH if hasattr(torch, "func") else ())
