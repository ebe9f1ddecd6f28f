"""A draw says something: attributions that are not zero, between values of F that differ, both beyond rounding."""

from __future__ import annotations

from dataclasses import replace

from reference.models.bag import TinyBag
from reference.oracle.expected import Oracle
from reference.oracle.quadrature import rule
from reference.problem import DTYPES, Problem
from tests.unit.strategies.drawing import MANY, PLAIN, draws, every_draw
from tests.unit.strategies.test_shrinking import MINIMAL

SHARE = 0.9


def informs(problem: Problem) -> bool:
    """Some example has an element of its attribution, and a change of F, larger than their budgets."""
    expected = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps)).ig()
    largest = expected.attribution.abs().flatten(1).amax(1)
    return bool(((largest > expected.elements.value) & (expected.change.abs() > expected.gap.value)).any())


def may_inform(problem: Problem) -> bool:
    """Some token that is not hidden differs from its baseline: without one, all attributions are zero."""
    data = problem.data
    if not isinstance(data.baseline, tuple):
        return True
    seen = data.mask or ((1,) * data.length,) * data.batch
    triples = (triple for rows in zip(data.ids, data.baseline, seen, strict=True) for triple in zip(*rows, strict=True))
    return any(own != other and visible for own, other, visible in triples)


def share(truths: list[bool]) -> float:
    return sum(truths) / len(truths)


def test_nine_draws_in_ten_are_informative() -> None:
    problems = draws(PLAIN).problems
    told = {problem: informs(problem) for problem in dict.fromkeys(problems)}
    assert len(problems) == MANY
    assert share([told[problem] for problem in problems]) >= SHARE, [repr(p) for p, told in told.items() if not told]


def test_what_cannot_inform_does_not() -> None:
    """The quick look below is right: equal ends where anything is seen, and the oracle has nothing to tell."""
    silent = [problem for problem in every_draw() if problem.model and not may_inform(problem)]
    assert silent
    assert not any(informs(problem) for problem in list(dict.fromkeys(silent))[:5])


def test_nine_draws_in_ten_of_all_domains_may_inform() -> None:
    berts = [problem for problem in every_draw() if problem.model and not isinstance(problem.model, TinyBag)]
    assert share([may_inform(problem) for problem in berts]) >= SHARE


def test_the_error_of_most_integrals_is_less_than_rounding() -> None:
    """What a law of completeness sees is as small as that error: it is doubled often enough."""
    known: dict[str, list[bool]] = {"float32": [], "float64": []}
    for problem in dict.fromkeys(draws("smooth").problems):
        oracle = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps))
        error, expected = oracle.integral().error, oracle.ig()
        for dtype, truths in known.items():
            gap = replace(expected, dtype=DTYPES[dtype]).gap
            truths.append(bool((error <= gap.value).all()))
    assert share(known["float32"]) >= SHARE
    assert share(known["float64"]) > 1 / 2


def test_the_minimal_problem_informs() -> None:
    assert informs(MINIMAL)
