"""Mistakes of the rule: other nodes or weights than the call was told."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from reference.check.integral import cached_rule
from reference.check.mistakes.candidate import Candidate, in_float32
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.question import CAPTUM
from reference.oracle.quadrature import METHODS, Rule, fewest_nodes

USUAL_STEPS = (
    *(*range(1, 13), 15, 16, 20, 24, 25, 30, 32, 40, 48, 50, 60, 64, 80),
    *(100, 128, 200, 250, 256, 300, 400, 500, 512, 1000),
)
"""Numbers of steps that people choose."""

MOST_TRIED = 5
"""Rules that are computed, of those that the interpolated integrand does not exclude."""


OPPOSITE = {"riemann_left": "riemann_right", "riemann_right": "riemann_left"}
"""The rule whose nodes are these, seen from the other end."""

ONE_GRADIENT = {
    "riemann_left": ", which is the gradient at the baseline times (input − baseline)",
    "riemann_right": ", which is the gradient at the input times (input − baseline), without a path",
}
"""What one step of a rule is."""


@hypothesis("trapezoid weights", of_rule=True)
def trapezoid_weights(given: Given) -> Iterator[Candidate]:
    """The trapezoid's n nodes with the weights of n intervals (Captum's), or with equal weights."""
    steps = {given.n_steps} if given.told_steps else {given.n_steps, *USUAL_STEPS}
    if given.method == "riemann_trapezoid" or not given.told_method:
        halves = {n: _halves(n) for n in sorted(steps) if n >= 2}
        for n in sorted(halves, key=lambda n: (n != given.n_steps, given.predicted.far(halves[n])))[:MOST_TRIED]:
            yield Candidate(f"the weights are 1/{n}, but {n} nodes have {n - 1} intervals", rule=halves[n])
    n = given.n_steps
    if n < 2:
        return
    for count, parts in ((n, n), (n, n - 1), (n + 1, n + 1), (n + 1, n)):
        rule = Rule(cached_rule("riemann_trapezoid", count).nodes, (1 / parts,) * count)
        what = f"the {count} nodes from 0 to 1 have equal weights 1/{parts}"
        yield Candidate(f"{what}: the ends of a trapezoid count half", rule=rule)


def _halves(n: int) -> Rule:
    return Rule(cached_rule("riemann_trapezoid", n).nodes, (0.5 / n, *(1 / n,) * (n - 2), 0.5 / n))


@hypothesis("float32 weights", cheap=True)
def float32_weights(given: Given) -> Iterator[Candidate]:
    """Weights or nodes that were rounded to float32 in a float64 call: Captum does that."""
    if given.dtype != torch.float64:
        return
    sentence = "the rule's weights are rounded to float32: an error of 1e-8 of the attribution"
    for rule in in_float32(given.sides.exact.rule):
        yield Candidate(sentence, rule=rule)


@hypothesis("left for right", of_rule=True)
def left_for_right(given: Given) -> Iterator[Candidate]:
    """The left rule for the right rule, or the other way round."""
    other, n = OPPOSITE.get(given.method), given.n_steps
    if other is not None:
        yield Candidate(f"these are the numbers of {other}", rule=cached_rule(other, n), named=(other, n))


@hypothesis("another method or n_steps", of_rule=True)
def another_rule(given: Given) -> Iterator[Candidate]:
    """Another of the five rules, or another number of steps."""
    n = given.n_steps
    steps = sorted({n, n - 1, n + 1, n // 2, 2 * n, *USUAL_STEPS} - {0})
    rules = [(method, k) for method in METHODS for k in steps if k >= fewest_nodes(method)]
    rules += [("riemann_trapezoid", k + 1) for k in steps if k + 1 not in steps]  # k intervals have k + 1 nodes
    rules.remove((given.method, n))
    opposite = OPPOSITE.get(given.method)
    for method, k in likely(given, [one for one in rules if one != (opposite, n)]):
        sentence = f"these are the numbers of {method} in {k} step{'s' * (k > 1)}"
        if k == 1 and method in OPPOSITE:
            sentence += ONE_GRADIENT[method]
        yield Candidate(sentence, rule=cached_rule(method, k), named=(method, k))


def likely(given: Given, rules: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The rules whose sums may be the numbers, the likeliest first, by the interpolated integrand."""
    near = given.predicted.nearest(rules)
    default = [one for one in near if one == (given.method, CAPTUM)]  # many numbers of steps may give the same
    return list(dict.fromkeys(default + near[:MOST_TRIED]))


@hypothesis("end point dropped", of_rule=True)
def end_point_dropped(given: Given) -> Iterator[Candidate]:
    """One end of the nodes is missing from the sum."""
    own = given.sides.exact.rule
    n = len(own)
    if n < 2:
        return
    for right in (own, *(in_float32(own) if given.dtype == torch.float64 else ())):
        for name, kept in (("last", slice(None, -1)), ("first", slice(1, None))):
            rule = Rule(right.nodes[kept], right.weights[kept])
            yield Candidate(f"the {name} of the {n} nodes is missing", rule=rule)
            total = sum(rule.weights)
            scaled = Rule(rule.nodes, tuple(weight / total for weight in rule.weights))
            yield Candidate(f"the {name} of the {n} nodes is missing, and the other weights are larger", rule=scaled)
