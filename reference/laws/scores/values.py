"""The scores of texts are those that the tool declares: alone, in company, as pairs, from the declared baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from reference.laws.law import law
from reference.laws.scores.asking_texts import Passed, ScoresAsking
from reference.oracle.budget import assert_equal, assert_within
from reference.oracle.path_integral import select, totals
from reference.problem import Problem, Vectors
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

PAPER = "Sundararajan, Taly, Yan 2017, eq. 1 and 3, https://arxiv.org/abs/1703.01365"


class WrongScores(Violation):
    """The scores of a text are not the declared ones."""


class IncompleteScores(Violation):
    """The scores of a text do not add up to the change of the model's output."""


class WrongInCompany(Violation):
    """The scores of a text depend on the texts that are scored in the same call."""


class WrongForPair(Violation):
    """The scores of a pair of texts are not those of the model that gets the pair."""


class BaselineIgnored(Violation):
    """The scores do not change with the declared baseline."""


@law(group="scores", violation=WrongScores, needs={"scores"}, source=PAPER, domain="texts")
def score_values(problem: Problem, subject: Subject) -> None:
    """The scores of a text = the declared rule's sum at the declared place, for model(**tokenizer(text))."""
    asking = ScoresAsking.of(WrongScores, problem, subject)
    for got, text in zip(asking.scores(), asking.texts.passed, strict=True):
        asking.assert_scores(got, text)


@law(
    group="scores",
    violation=IncompleteScores,
    needs={"scores"},
    source="Sundararajan, Taly, Yan 2017, proposition 1, https://arxiv.org/abs/1703.01365",
    domain="texts",
    implied_by="score_values",
)
def scores_add_up(problem: Problem, subject: Subject) -> None:
    """Σ scores = F(ids of the text) − F(baseline), up to the declared rule's own error."""
    asking = ScoresAsking.of(IncompleteScores, problem, subject)
    if asking.declares.normalisation is not None:
        raise NotApplicable("normalised scores add up to nothing that the model knows")
    for got, text in zip(asking.scores(), asking.texts.passed, strict=True):
        expected = asking.attribution(text)
        predicted = totals(expected.attribution) - expected.change
        gap = got.double().sum().reshape(1) - _change(asking, text)
        assert_within(
            IncompleteScores,
            error=gap - predicted,
            budget=expected.gap,
            what=f"the gap of the scores of {text!r} by {asking.family.name}",
            got=gap,
            expected=predicted,
            against=expected.change,
        )


@law(
    group="scores",
    violation=WrongInCompany,
    needs={"scores"},
    source="https://github.com/inseq-team/inseq/issues/110",
    domain="several_texts",
)
def scores_in_company(problem: Problem, subject: Subject) -> None:
    """The scores of texts of several lengths in one call = those of each text alone: padding changes nothing."""
    asking = ScoresAsking.of(WrongInCompany, problem, subject)
    together = asking.scores()
    for got, text in zip(together, asking.texts.passed, strict=True):
        _, budget = asking.expected(text)
        (alone,) = asking.scores([text])
        what = f"scores of {text!r} in company, against those alone, by {asking.family.name}"
        assert_equal(
            WrongInCompany, got=got.unsqueeze(0), expected=alone.double().unsqueeze(0), budget=2 * budget, what=what
        )


@law(
    group="scores",
    violation=WrongForPair,
    needs={"scores"},
    source="https://huggingface.co/docs/transformers/glossary#token-type-ids",
    domain="pairs",
)
def pairs(problem: Problem, subject: Subject) -> None:
    """The scores of a pair = the declared ones for model(**tokenizer(first, second)), token types included."""
    asking = ScoresAsking.of(WrongForPair, problem, subject)
    for got, text in zip(asking.scores(), asking.texts.passed, strict=True):
        asking.assert_scores(got, text)


@law(
    group="scores",
    violation=BaselineIgnored,
    needs={"scores"},
    source="https://github.com/meta-pytorch/captum/issues/1269",
    domain="texts",
)
def baseline_matters(problem: Problem, subject: Subject) -> None:
    """If the embedding of the baseline's token changes, which is not in the text, the scores of the text change."""
    asking = ScoresAsking.of(BaselineIgnored, problem, subject)
    text = asking.texts.passed[0]
    token = _baseline_token(asking, text)

    def change(model: nn.Module) -> None:
        table: Any = model.get_submodule(asking.family.word_table)
        table.weight[token] *= -1  # a norm takes no notice of a constant that is added

    changed = replace(asking, change=change)
    (before, budget), (after, other_budget) = asking.expected(text), changed.expected(text)
    allowed = (budget + other_budget).value.max()
    if bool((after - before).abs().max() <= VISIBLE * allowed):
        raise NotApplicable("the right scores hardly change with the baseline")
    (got,), (got_after,) = asking.scores([text]), changed.scores([text])
    if got.shape == got_after.shape and bool((got_after - got).abs().max() <= allowed):
        raise BaselineIgnored(
            f"scores of {text!r} by {asking.family.name}: they stay the same if the embedding of the baseline, "
            f"{asking.tokenizer.convert_ids_to_tokens(token)}, changes; the right ones change by "
            f"{float((after - before).abs().max()):.3g}"
        )


VISIBLE = 100
"""The right scores must change by so many budgets."""


def _baseline_token(asking: ScoresAsking, text: Passed) -> int:
    """The one token of the declared baseline. Raises NotApplicable if there is none, or if the text has it."""
    ids = asking.encoded(text).input_ids
    blank = asking.baseline(ids)
    if isinstance(blank, Vectors):
        raise NotApplicable("the declared baseline is no token")
    other = set(blank[blank != ids].tolist()) - set(ids.flatten().tolist())
    if len(other) != 1:
        raise NotApplicable("the text has the baseline's token")
    return int(other.pop())


def _change(asking: ScoresAsking, text: Passed) -> Tensor:
    """F(x) − F(x') by token ids at both ends, if the baseline has them: (1,)."""
    built = asking.built(asking.made(torch.float64), text)
    entry = built.ids or built.embeddings
    with torch.no_grad():
        ends = [entry.forward(end, *entry.additional) for end in (entry.inputs, entry.baselines)]
    x, baseline = (select(end, None if asking.family.causal else asking.problem.call.target) for end in ends)
    return x - baseline
