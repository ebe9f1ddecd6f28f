"""Group *axioms*: how attributions of related functions, paths and models relate; one call is set against another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import torch

from reference.laws.ask import ask_ig, known_rule, on_cpu, options, setting_for
from reference.laws.asked import Answer, Asked, named
from reference.laws.axioms import changes
from reference.laws.law import law
from reference.laws.places import embeddings
from reference.models.versions import ATTENTIONS
from reference.oracle.budget import Budget, assert_equal
from reference.oracle.expected import Oracle
from reference.problem import Place, Problem, Setting
from reference.subject import Subject
from reference.violation import NotApplicable, Severity, Violation, answer_or_refusal

PAPER = "Sundararajan, Taly, Yan 2017, sections 2 to 4, https://arxiv.org/abs/1703.01365"
SCALES = "Sundararajan, Najmi 2020, affine scale invariance, https://arxiv.org/abs/1908.08474"
QUADRATURE = "Davis and Rabinowitz, Methods of Numerical Integration, 2.1"


class NotLinear(Violation):
    """The attribution of a sum of outputs is not the sum of their attributions."""


class NotInvariant(Violation):
    """Two models that are one function get different attributions."""


class NotSymmetric(Violation):
    """Two tokens that F cannot tell apart get different attributions."""


class NotReversed(Violation):
    """Input and baseline exchanged do not give the negated attribution."""


class NotAdditive(Violation):
    """The attributions along two parts of a path do not add up to that along the whole."""


class NotCovariant(Violation):
    """Rescaled features get other attributions."""


class SeriesAttributed(Violation):
    """In a joint path over two layers in series, the first, overridden by the second, gets its share."""


@law(
    group="axioms",
    violation=NotLinear,
    needs={"ig", "lig"},
    source="https://github.com/meta-pytorch/captum/issues/612",
    domain="small",
    implied_by="layer_attribution",
)
def linearity(problem: Problem, subject: Subject) -> None:
    """IG and LIG of a·F_0 + b·F_1 = a · that of F_0 + b · that of F_1; with a = b = 1, two targets at once."""
    asked = Asked.of(NotLinear, problem, subject)
    for place in _ends(asked.setting):
        single = [asked.again(target=target).at(place) for target in (0, 1)]
        for factors in ((1.0, 1.0), (1.5, -2.5)):
            whole = asked.again(changes.summed(factors), target=None).at(place)
            parts = [factor * answer for factor, answer in zip(factors, single, strict=True)]
            _assert_same(NotLinear, whole, parts, f"{named(place)}, outputs summed with {factors}")


@law(
    group="axioms",
    violation=NotInvariant,
    needs={"ig", "lig"},
    source=PAPER,
    domain="permutable",
    implied_by="layer_attribution",
)
def implementation_invariance(problem: Problem, subject: Subject) -> None:
    """Eager or sdpa attention; attention heads and intermediate units in another order: the same IG and LIG."""
    model = problem.model
    asked = Asked.of(NotInvariant, problem, subject)
    twins = {
        f"{other} attention": Asked.of(NotInvariant, replace(problem, model=replace(model, attention=other)), subject)
        for other in ATTENTIONS
        if other != model.attention
    }
    twins["heads and units reversed"] = Asked.of(NotInvariant, problem, subject, changes.units_reversed(model.heads))
    for place in _ends(asked.setting):
        own = asked.at(place)
        for name, twin in twins.items():
            _assert_same(NotInvariant, twin.at(place), [own], f"{named(place)}, {name}")


@law(
    group="axioms",
    violation=NotSymmetric,
    needs={"ig", "lig"},
    source=PAPER,
    domain="with_twins",
    implied_by="layer_attribution",
)
def symmetry(problem: Problem, subject: Subject) -> None:
    """Two unread tokens of equal id, baseline, mask, type and position get equal attributions, element for element."""
    asked = Asked.of(NotSymmetric, problem, subject)
    data = problem.data
    positions = data.positions or (tuple(range(data.length)),) * data.batch
    grids = [grid for grid in (data.ids, data.baseline, data.mask, data.types, positions) if grid]
    firsts = []
    for example in range(data.batch):
        tokens = list(zip(*(grid[example] for grid in grids), strict=True))
        firsts.append([0] + [tokens.index(token, 1) for token in tokens[1:]])
    first = torch.tensor(firsts).unsqueeze(-1)
    for place in _ends(asked.setting):
        answer = asked.at(place)
        twin = answer.attribution.gather(1, first.expand_as(answer.attribution))
        _assert_same(NotSymmetric, answer, [Answer(twin, answer.budget)], f"{named(place)}, a token and its twin")


@law(
    group="axioms",
    violation=NotReversed,
    needs={"ig", "lig"},
    source="https://github.com/meta-pytorch/captum/issues/1413",
    domain="small",
    implied_by="layer_attribution",
)
def reversal(problem: Problem, subject: Subject) -> None:
    """x and x' exchanged: the attribution is negated, left with right exchanged; the other rules are self-dual."""
    duals = {"riemann_left": "riemann_right", "riemann_right": "riemann_left"}
    method = problem.call.method
    forth = Asked.of(NotReversed, problem, subject)
    back = forth.again(changes.exchanged, method=duals.get(method, method))
    for place in _ends(forth.setting):
        _assert_same(NotReversed, back.at(place), [-1 * forth.at(place)], f"{named(place)}, reversed")


@law(
    group="axioms",
    violation=NotAdditive,
    needs={"ig"},
    source=QUADRATURE,
    domain="composite",
    implied_by="input_attribution",
)
def additivity(problem: Problem, subject: Subject) -> None:
    """IG from x' to x in n intervals = IG from x' to m in k + IG from m to x in n − k, m = x' + k/n · Δ.

    An interval has one node; those of the trapezoid have one more at the end. Gauss–Legendre is not composite.
    """
    method, steps = problem.call.method, problem.call.n_steps
    if method == "gausslegendre":
        raise NotApplicable("Gauss–Legendre is not composite")
    more = int(method == "riemann_trapezoid")
    n = steps - more
    k = max(2, n // 3)
    whole = Asked.of(NotAdditive, problem, subject)
    low = whole.again(changes.between(0, k / n), n_steps=k + more)
    high = whole.again(changes.between(k / n, 1), n_steps=n - k + more)
    _assert_same(NotAdditive, whole.at(), [low.at(), high.at()], f"IG on inputs_embeds in two parts, {k} of {n}")


@law(
    group="axioms",
    violation=NotCovariant,
    needs={"ig"},
    source=SCALES,
    domain="small",
    implied_by="input_attribution",
)
def covariance(problem: Problem, subject: Subject) -> None:
    """G(y) = F(y / d) with d a power of two in each feature: IG of G at d ⊙ x, d ⊙ x' = IG of F at x, x', bitwise."""
    plain, scaled = setting_for(problem, subject), changes.rescaled(setting_for(problem, subject))
    got, own = (on_cpu(ask_ig(NotCovariant, problem, subject, setting)) for setting in (scaled, plain))
    exact = Budget(torch.zeros(problem.data.batch), "bitwise")
    assert_equal(NotCovariant, got=got, expected=own, budget=exact, what="IG of rescaled features")


@law(
    group="axioms",
    violation=SeriesAttributed,
    needs={"lig"},
    source="https://github.com/meta-pytorch/captum/pull/532",
    domain="small",
    implied_by="joint_tables",
)
def layers_in_series(problem: Problem, subject: Any) -> None:
    """Joint LIG over layers in series = (0 exactly, LIG at the last), in any order, or a refusal that names a layer."""
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    chain = [place for place in setting.places if not place.at_input]
    entry = setting.layered
    for overridden, last in pairwise(chain):
        expected = oracle.lig(last)
        zero = torch.zeros_like(expected.attribution)
        exact = Budget(torch.zeros(len(zero)), "exactly 0")
        for order in ((overridden, last), (last, overridden)):
            what = f"joint LIG at {order[0]} and {order[1]}"
            modules = [place.module(setting.model) for place in order]
            ask = partial(
                subject.lig,
                entry.forward,
                modules,
                entry.inputs,
                entry.baselines,
                additional_forward_args=entry.additional,
                **options(problem, setting),
            )
            names = ("layer", *(type(module).__name__ for module in modules))
            parts = answer_or_refusal(SeriesAttributed, what, names, ask)
            if parts is None:
                continue
            if not isinstance(parts, list) or len(parts) != 2:
                raise SeriesAttributed(f"{what}: expected a list of two attributions", Severity.WRONG_SHAPE)
            for place, part in zip(order, parts, strict=True):
                value, budget = (zero, exact) if place is overridden else (expected.attribution, expected.elements)
                assert_equal(SeriesAttributed, got=part, expected=value, budget=budget, what=f"{what}: {place}")


def _ends(setting: Setting) -> tuple[Place | None, ...]:
    """Where IG and LIG part: before the embeddings' LayerNorm, and after it."""
    return None, embeddings(setting)


def _assert_same(kind: type[Violation], got: Answer, parts: list[Answer], what: str) -> None:
    """One answer is the sum of others; each may lie a budget away from the truth."""
    __tracebackhide__ = True
    expected = sum(parts[1:], parts[0])
    assert_equal(
        kind, got=got.attribution, expected=expected.attribution, budget=got.budget + expected.budget, what=what
    )
