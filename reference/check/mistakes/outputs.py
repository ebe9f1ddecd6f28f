"""Mistakes of the output: another number of the forward than the target's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from torch import Tensor

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.mistakes.totals import Outputs

MOST_TARGETS = 3
"""Targets whose whole path is computed: those whose total is nearest to that of the numbers."""

NEAR = 0.01
"""How far the total of an output may lie from that of the numbers, as a share of the largest of them."""


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
    if isinstance(call.target, list):
        for shift in range(1, call.examples):
            rolled = call.target[shift:] + call.target[:shift]
            if rolled != call.target:
                yield Candidate("the targets belong to other examples", call=call.changed(target=rolled))
    if (outputs := given.outputs) is None:
        return
    indices = list(product(*(range(size) for size in outputs.shape)))
    own = [one if isinstance(one, tuple) else (one,) for one in _for_each(call.target, call.examples)]
    order = [indices[place] for place in _nearest(given, outputs, outputs.totals)]
    for index in [one for one in order if any(one != mine for mine in own)][:MOST_TARGETS]:
        target = index[0] if len(index) == 1 else index
        yield Candidate(f"the target is {target}", call=call.changed(target=target), likely=outputs.by_rule or None)


@hypothesis("a difference of outputs")
def difference_of_outputs(given: Given) -> Iterator[Candidate]:
    """The target's output minus another one, as in a contrast of two classes."""
    call, outputs = given.call, given.outputs
    if outputs is None or not isinstance(call.target, int) or len(outputs.shape) != 1:
        return
    target, own = call.target % outputs.shape[0], call.output
    order = _nearest(given, outputs, outputs.totals[:, [target]] - outputs.totals)
    for other in [one for one in order if one != target][:MOST_TARGETS]:

        def minus(output: Tensor, other: int = other) -> Tensor:
            output = output if own is None else own(output)
            return output - output[:, [other]]

        sentence = f"F is output {target} minus output {other}"
        yield Candidate(sentence, call=call.changed(output=minus), likely=outputs.by_rule or None)


def _for_each(target: object, examples: int) -> list[object]:
    return list(target) if isinstance(target, list) else [target] * examples


def _nearest(given: Given, outputs: Outputs, totals: Tensor) -> list[int]:
    """The outputs, the nearest to the total of the numbers first; only those that are near, if there are many."""
    flat = given.numbers.flat
    off = (totals - flat.sum(1, keepdim=True)).abs()
    order: list[int] = off.sum(0).argsort().tolist()
    if not outputs.by_rule:
        return order
    budget = flat.shape[1] * given.right.budget(given.dtype, given.numbers.resolution)
    allowed = NEAR * flat.abs().amax(1) + budget + given.numbers.half_units.sum(1)
    near = (off <= allowed.unsqueeze(1)).all(0)
    return [place for place in order if near[place]]
