"""Group *axioms*: how attributions of related functions, paths and models relate; one call is set against another."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Layer
from reference.constraint import LAYER
from reference.laws.asking import Asking
from reference.laws.axioms import changes
from reference.laws.compared import Compared, on_cpu
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_equal
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

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
    asking = Asking.of(NotLinear, problem, subject)
    if asking.built.output_dims > 2:
        asking = asking.changed(changes.in_one_row)
    for layer in _ends(asking.built):
        there = asking.at(layer)
        single = [there.calling(target=target).compared() for target in (0, 1)]
        for factors in ((1.0, 1.0), (1.5, -2.5)):
            whole = there.calling(target=None).changed(changes.summed(factors)).compared()
            parts = [factor * one for factor, one in zip(factors, single, strict=True)]
            what = f"{there.what}, outputs summed with {factors}"
            _assert_same(there, whole, parts, what, other_function=True)


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
    asking = Asking.of(NotInvariant, problem, subject)
    twins = {
        f"{other} attention": Asking.of(NotInvariant, replace(problem, model=replace(model, attention=other)), subject)
        for other in model.family.attentions
        if other != model.attention
    }
    reversed_units = Asking.of(NotInvariant, problem, subject).changed(changes.units_reversed)
    twins["heads and units reversed"] = reversed_units
    for layer in _ends(asking.built):
        own = asking.at(layer).compared()
        for name, twin in twins.items():
            there = twin.at(layer)
            _assert_same(there, there.compared(), [own], f"{there.what}, {name}", other_function=True)


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
    asking = Asking.of(NotSymmetric, problem, subject)
    data = problem.data
    positions = data.positions or (tuple(range(data.length)),) * data.batch
    grids = [grid for grid in (data.ids, data.baseline, data.mask, data.types, positions) if grid]
    firsts = []
    for example in range(data.batch):
        tokens = list(zip(*(grid[example] for grid in grids), strict=True))
        firsts.append([0] + [tokens.index(token, 1) for token in tokens[1:]])
    first = torch.tensor(firsts).unsqueeze(-1)
    for layer in _ends(asking.built):
        there = asking.at(layer)
        own = there.compared()
        twin = replace(own, attribution=own.attribution.gather(1, first.expand_as(own.attribution)))
        of_twins = own.attribution.where(first != torch.arange(data.length)[:, None], torch.zeros_like(own.attribution))
        _assert_same(there, own, [twin], f"{there.what}, a token and its twin", of_twins)


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
    forth = Asking.of(NotReversed, problem, subject).of_one_function()
    back = forth.calling(method=duals.get(method, method)).changed(changes.exchanged)
    for layer in _ends(forth.built):
        there = forth.at(layer)
        _assert_same(there, back.at(layer).compared(), [-1 * there.compared()], f"{there.what}, reversed")


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
    whole = Asking.of(NotAdditive, problem, subject)
    low = whole.calling(n_steps=k + more).changed(changes.between(0, k / n))
    high = whole.calling(n_steps=n - k + more).changed(changes.between(k / n, 1))
    what = f"IG on inputs_embeds in two parts, {k} of {n}"
    _assert_same(whole, whole.compared(), [low.compared(), high.compared()], what)


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
    asking = Asking.of(NotCovariant, problem, subject)
    own = asking.shaped()
    got = asking.attribution("IG of rescaled features", changes.rescaled(asking.entry))
    exact = Budget.exact(problem.data.batch, "bitwise")
    assert_equal(NotCovariant, got=got, expected=on_cpu(own), budget=exact, what="IG of rescaled features")


@law(
    group="axioms",
    violation=SeriesAttributed,
    needs={"lig"},
    source="https://github.com/meta-pytorch/captum/pull/532",
    domain="small",
    implied_by="joint_tables",
)
def layers_in_series(problem: Problem, subject: Subject) -> None:
    """Joint LIG over layers in series = (0 exactly, LIG at the last), in any order, or an error that names a layer."""
    asking = Asking.of(SeriesAttributed, problem, subject)
    chain = [layer for layer in asking.built.layers_in_order if not layer.at_input]
    for overridden, last in pairwise(chain):
        there = asking.at(last)
        for order in ((overridden, last), (last, overridden)):
            what = f"joint LIG at {order[0]} and {order[1]}"
            modules = [layer.module(asking.built.model) for layer in order]
            named = LAYER.called_also("layer", *(type(module).__name__ for module in modules))
            returned = there.or_error(named, what, layer=modules)
            if returned is None:
                continue
            for layer, part in zip(order, there.list_of(2, returned, what), strict=True):
                if layer == last:
                    there.assert_attribution(part, f"{what}: {layer}")
                else:
                    none, at = torch.zeros(asking.at(layer).shape), f"{what}: {layer}"
                    exact, whole = Budget.exact(len(none)), there.expected.attribution
                    assert_equal(SeriesAttributed, got=part, expected=none, budget=exact, what=at, against=whole)


def _ends(built: BuiltProblem) -> tuple[Layer | None, ...]:
    """IG and LIG differ between these two: before the embeddings' LayerNorm, and after it."""
    return None, built.embeddings_layer


def _assert_same(
    asking: Asking,
    got: Compared,
    parts: list[Compared],
    what: str,
    against: Tensor | None = None,
    *,
    other_function: bool = False,
) -> None:
    """One result is the sum of others, which may be of other functions; each may be a budget away from the truth."""
    __tracebackhide__ = True
    total = sum(parts[1:], parts[0])
    budget, expected = got.budget + total.budget, total.attribution
    if other_function:
        budget = got.of_another_function + total.of_another_function
    assert_equal(asking.violation, got=got.attribution, expected=expected, budget=budget, what=what, against=against)
