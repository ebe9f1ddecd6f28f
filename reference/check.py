"""`check_integrated_gradients`: for attributions what torch.autograd.gradcheck is for gradients.

The model is anybody's, of any size: the oracle takes one step of one sample of rounding at a time, on CPU, and lends
the model its own float64 and float32 copies of what it computes with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Entry
from reference.laws.value.attributions import WrongInputAttribution
from reference.oracle.budget import assert_equal, name
from reference.oracle.expected import Oracle, Path
from reference.oracle.path_integral import ScalarField, step_by_step
from reference.oracle.quadrature import rule
from reference.problem import Call, Problem
from reference.violation import first_line


def check_integrated_gradients(
    attribute: Callable[..., Tensor],
    forward: Callable[..., Tensor],
    inputs: Tensor,
    baselines: Tensor,
    *,
    module: nn.Module | None = None,
    additional_forward_args: tuple[Any, ...] = (),
    target: Any = None,
    method: str = "gausslegendre",
    n_steps: int = 50,
) -> None:
    """`attribute(inputs, baselines, target=…, additional_forward_args=…, method=…, n_steps=…)` is the rule's sum.

    `forward(inputs, *additional_forward_args)` may use any parameters of `module`, which is left as it was.
    Shapes   inputs, baselines (batch, …) float32 or float64; target an index, or one for each example
    Raises   WrongInputAttribution where an element lies beyond its computed budget; ValueError where F cannot be
             checked; NotApplicable where F or its gradient is not finite
    """
    if inputs.dtype not in (torch.float64, torch.float32) or baselines.dtype != inputs.dtype:
        raise ValueError(f"inputs are {name(inputs.dtype)}, baselines {name(baselines.dtype)}: both float64 or float32")
    if baselines.shape != inputs.shape:
        raise ValueError(f"baselines have shape {tuple(baselines.shape)}, inputs {tuple(inputs.shape)}")
    how: dict[str, Any] = {"target": target, "method": method, "n_steps": n_steps}
    got = attribute(inputs, baselines, additional_forward_args=additional_forward_args or None, **how)
    entry = Entry(forward, inputs.detach(), baselines.detach(), additional_forward_args)
    built = BuiltProblem(nn.Identity() if module is None else module, entry, None, ())
    problem = Problem(call=Call(method=method, n_steps=n_steps, target=_index(target), dtype=name(inputs.dtype)))
    float64, float32 = (_path(built, problem.call.target, dtype) for dtype in (torch.float64, torch.float32))
    expected = Oracle(problem, rule(method, n_steps), built, built).expected(float64, float32)
    what = f"attribution by {method} in {n_steps} steps"
    assert_equal(WrongInputAttribution, got=got, expected=expected.attribution, budget=expected.elements, what=what)


class BatchByBatch(ScalarField):
    """As many rows at a time as there are examples, of a step and its neighbours: the model's memory is that of one."""

    def __call__(self, points: Tensor) -> Tensor:
        return torch.cat([super(BatchByBatch, self).__call__(rows) for rows in points.split(self.examples)])

    def with_gradient(self, points: Tensor) -> tuple[Tensor, Tensor]:
        parts = [super(BatchByBatch, self).with_gradient(rows) for rows in points.split(self.examples)]
        values, gradients = zip(*parts, strict=True)
        return torch.cat(values), torch.cat(gradients)


def _path(built: BuiltProblem, target: Any, dtype: torch.dtype) -> Path:
    """The path in that dtype, on which F can be checked.

    Raises   ValueError where F does not run in that dtype, leaves it, or gives two values for one input
    """
    entry, own = built.embeddings, [*built.model.parameters(), *built.model.buffers()]
    lent = [_in(dtype, tensor.data) for tensor in own]
    arguments = tuple(_in(dtype, argument) for argument in entry.additional)
    field = BatchByBatch(entry.forward, arguments, target, len(entry.inputs), lambda points: _holding(own, lent))
    path = Path(field, _in(dtype, entry.inputs), _in(dtype, entry.baselines), form=step_by_step)
    try:
        (once, _), (again, _) = path.ends(), path.ends()
    except Exception as error:  # whatever a forward raises
        raise ValueError(
            f"forward does not run in {name(dtype)} on cpu: {type(error).__name__}: {first_line(error)}. Is every "
            "parameter that it uses one of `module`?"
        ) from error
    if once.dtype != dtype:
        raise ValueError(
            f"forward returns {name(once.dtype)} where all is {name(dtype)}: let it keep its input's dtype"
        )
    if not torch.allclose(once, again, rtol=0, atol=0, equal_nan=True):
        raise ValueError("forward gives two values for one input: is dropout active? module.eval() ends that")
    return path


def _in(dtype: torch.dtype, value: Any) -> Any:
    """A floating tensor in `dtype`, any tensor on cpu; the rest as it is."""
    if not isinstance(value, Tensor):
        return value
    return value.to("cpu", dtype) if value.is_floating_point() else value.cpu()


@contextmanager
def _holding(own: Sequence[Tensor], lent: Sequence[Tensor]) -> Iterator[None]:
    """The tensors hold other values inside, and their own again after: no copy of the module could be closed over."""
    before = [tensor.data for tensor in own]
    try:
        for tensor, value in zip(own, lent, strict=True):
            tensor.data = value
        yield
    finally:
        for tensor, value in zip(own, before, strict=True):
            tensor.data = value


def _index(target: Any) -> Any:
    """Tensors and lists of indices as tuples."""
    if isinstance(target, Tensor):
        target = target.tolist()
    return tuple(_index(one) for one in target) if isinstance(target, (list, tuple)) else target
