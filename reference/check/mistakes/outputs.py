"""Mistakes of the output: another number of the forward than the target's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Tensor

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis

MOST_TARGETS = 3
"""Targets whose whole path is computed: those whose change of F is nearest to the total of the numbers."""

MOST_INDICES = 200_000
"""Outputs of an example that are looked at."""


@hypothesis("softmax for logit")
def softmax_for_logit(given: Given) -> Iterator[Candidate]:
    """A probability, or its logarithm, instead of the logit."""
    changes: dict[str, Callable[[Tensor], Tensor]] = {
        "softmax": lambda output: output.softmax(-1),
        "log_softmax": lambda output: output.log_softmax(-1),
        "sigmoid": lambda output: output.sigmoid(),
        "exp": lambda output: output.exp(),
    }
    own = given.call.output
    for name, change in changes.items():
        after = change if own is None else (lambda output, change=change: change(own(output)))
        yield Candidate(f"F is the {name} of what forward returns", call=given.call.changed(output=after))


@hypothesis("wrong target")
def wrong_target(given: Given) -> Iterator[Candidate]:
    """Another output than the target."""
    call = given.call
    if call.target is None:
        return
    ends = [call.outputs(tensors, torch.float64) for tensors in (call.inputs, call.baselines)]
    change = (ends[0] - ends[1]).flatten(1)
    if change.shape[1] > MOST_INDICES:
        return
    indices = list(product(*(range(size) for size in ends[0].shape[1:])))
    own = [one if isinstance(one, tuple) else (one,) for one in _for_each(call.target, call.examples)]
    if isinstance(call.target, list):
        for shift in range(1, call.examples):
            rolled = call.target[shift:] + call.target[:shift]
            if rolled != call.target:
                yield Candidate("the targets belong to other examples", call=call.changed(target=rolled))
    total = _totals(given)
    if total is None:
        order = list(range(min(len(indices), MOST_TARGETS + 1)))
    else:
        order = (change - total.unsqueeze(1)).abs().sum(0).argsort().tolist()
    tried = [indices[one] for one in order if any(indices[one] != mine for mine in own)][:MOST_TARGETS]
    for index in tried:
        target = index[0] if len(index) == 1 else index
        yield Candidate(f"the target is {target}", call=call.changed(target=target))


@hypothesis("a difference of outputs")
def difference_of_outputs(given: Given) -> Iterator[Candidate]:
    """The target's output minus another one, as in a contrast of two classes."""
    call, total = given.call, _totals(given)
    if not isinstance(call.target, int) or total is None:
        return
    ends = [call.outputs(tensors, torch.float64) for tensors in (call.inputs, call.baselines)]
    change = ends[0] - ends[1]
    if change.dim() != 2 or change.shape[1] > MOST_INDICES:
        return
    target, own = call.target % change.shape[1], call.output
    off = (change[:, [target]] - change - total.unsqueeze(1)).abs().sum(0)
    for other in [one for one in off.argsort().tolist() if one != target][:MOST_TARGETS]:

        def minus(output: Tensor, other: int = other) -> Tensor:
            output = output if own is None else own(output)
            return output - output[:, [other]]

        yield Candidate(f"F is output {target} minus output {other}", call=call.changed(output=minus))


def _for_each(target: object, examples: int) -> list[object]:
    return list(target) if isinstance(target, list) else [target] * examples


def _totals(given: Given) -> Tensor | None:
    """The total of the numbers of each example, if they have one."""
    return given.numbers.flat.sum(1)
