"""Group *agreement*, decoders: what IG of generated tokens adds up to, and what a contrast of two tokens is.

An output token is one step of a greedy or sampled text: log p of the token that the row holds next, at its position.
Earlier output tokens belong to the input of later steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Entry
from reference.laws.asking import Asking
from reference.laws.compared import Compared, on_cpu
from reference.laws.law import law
from reference.oracle.budget import assert_equal, assert_within, with_integrals
from reference.oracle.path_integral import totals
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation

SEQUENCES = "https://github.com/meta-pytorch/captum/issues/1237"


class StepsIncomplete(Violation):
    """The attributions of an output token do not add up to the change of its log p, or of several to their sum's."""


class WrongContrast(Violation):
    """The attribution of a difference of log p is not that of the difference of logits."""


@law(
    group="agreement",
    violation=StepsIncomplete,
    needs={"ig", "lig"},
    source=SEQUENCES,
    domain="generated",
    implied_by="layer_completeness",
    costly=True,
)
def generation_steps(problem: Problem, subject: Subject) -> None:
    """Σ IG and Σ LIG of log p of each output token = its change + the rule's gap; Σ over tokens = IG of Σ log p."""
    asking = Asking.of(StepsIncomplete, problem, subject)
    outputs = [problem.data.length - 2, problem.data.length - 1]  # the positions of two output tokens
    tokens = torch.tensor(problem.data.ids)
    passed = [layer for layer in asking.built.layers_in_order if not asking.oracle.second_path(layer)]
    of_each, of_both = [_of_output(asking, [output], tokens) for output in outputs], _of_output(asking, outputs, tokens)
    for layer in (None, *passed):
        steps, together = [of_one.at(layer) for of_one in of_each], of_both.at(layer)
        for output, step in zip(outputs, steps, strict=True):
            _assert_complete(step, f"{step.what} for output token {output}")
        parts = [step.compared() for step in steps]
        whole, summed = together.compared(), parts[0] + parts[1]
        assert_equal(
            StepsIncomplete,
            got=whole.attribution,
            expected=summed.attribution,
            budget=whole.of_another_function + summed.of_another_function,
            what=f"{together.what} for the sum of both output tokens",
        )


@law(
    group="agreement",
    violation=WrongContrast,
    needs={"ig"},
    source="Yin and Neubig 2022, https://arxiv.org/abs/2202.10419",
    domain="generated",
    implied_by="input_attribution",
)
def contrast(problem: Problem, subject: Subject) -> None:
    """IG of log p_a − log p_b = IG of logit_a − logit_b, each in one call: the normaliser cancels."""
    asking = Asking.of(WrongContrast, problem, subject)

    def difference(scores: Callable[[Tensor], Tensor]) -> Compared:
        def score(output: Tensor) -> Tensor:
            at_the_end = scores(output[:, -1])
            return at_the_end[:, 0] - at_the_end[:, 1]

        return _scored(asking, score).compared()

    of_logits = difference(lambda logits: logits)
    of_log_p = difference(lambda logits: logits.log_softmax(-1))
    assert_equal(
        WrongContrast,
        got=of_log_p.attribution,
        expected=of_logits.attribution,
        budget=of_log_p.of_another_function + of_logits.of_another_function,
        what="IG of a difference of log p",
    )


def _of_output(asking: Asking, positions: list[int], tokens: Tensor) -> Asking:
    """The call for Σ log p of the tokens at these positions, each read one position before its own.

    The token that is explained is the same at both ends: the row's own.
    """
    vocab = asking.problem.model.vocab

    def score(output: Tensor, own: Tensor) -> Tensor:
        log_p = output.log_softmax(-1)
        return torch.stack([(log_p[:, position - 1] * own[:, position]).sum(-1) for position in positions], dim=1).sum(
            1
        )

    chosen = torch.nn.functional.one_hot(tokens, vocab)
    return _scored(asking, score, chosen)


def _scored(asking: Asking, score: Callable[..., Tensor], *more: Tensor) -> Asking:
    """The call whose F is a score of the output. What the score needs for each example is an additional argument."""

    def entering(entry: Entry) -> Entry:
        count = len(entry.additional)

        def forward(points: Any, *additional: Any) -> Tensor:
            return score(entry.forward(points, *additional[:count]), *additional[count:])

        given = tuple(one.to(entry.inputs.device) for one in more)
        there = entry.baseline_additional
        return replace(
            entry,
            forward=forward,
            additional=(*entry.additional, *given),
            baseline_additional=None if there is None else (*there, *given),
            names=(*entry.names, *(f"more {i}" for i in range(len(given)))),
        )

    def change(built: BuiltProblem) -> BuiltProblem:
        return replace(built.with_entries(entering), output_dims=1)

    return asking.calling(target=None).changed(change)


def _assert_complete(asking: Asking, what: str) -> None:
    __tracebackhide__ = True
    expected, integral = asking.expected, asking.oracle.integral(asking.layer)
    predicted = totals(expected.attribution) - totals(integral.attribution)
    gap = totals(on_cpu(asking.shaped(what))) - expected.change
    assert_within(
        asking.violation,
        error=gap - predicted,
        budget=with_integrals(expected.between_functions.gap, integral),
        against=expected.change,
        what=f"the completeness gap of {what}",
        got=gap,
        expected=predicted,
    )
