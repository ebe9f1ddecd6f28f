"""CPU per verified problem, by group of laws, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from reference.laws import GROUPS, LAWS, Law, laws_of
from reference.models.bert import FAMILY as BERT
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import applies, problems_for
from tests.benchmarks.stopwatch import Stopwatch, Timed, watching
from tests.subjects import load

PROBLEMS = 20

SINGLE = ("input_attribution", "layer_attribution", "any_input_call", "any_layer_call")
"""Laws that have a line of their own."""

TIMED = {
    **{group: laws_of(group) for group in GROUPS if group not in ("scores", "patching")},
    **{name: [LAWS[name]] for name in SINGLE},
}


@pytest.mark.parametrize("what", TIMED)
def test_problems(benchmark: Any, what: str) -> None:
    watch = Stopwatch()
    subject = Timed(load("captum"), watch)
    counted = 0

    def searching(law: Law) -> Callable[[], None]:
        @settings(
            max_examples=PROBLEMS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(problem=problems_for(law, "gausslegendre" if law.needs else None))
        def search(problem: Problem) -> None:
            nonlocal counted
            counted += 1
            with watch.part("law"), suppress(NotApplicable, Violation):
                law(problem, subject)

        return search

    def verify() -> None:
        for law in TIMED[what]:
            if not (law.costly or law.share < 1 or applies(law, BERT)):
                searching(law)()

    with watching(watch):
        for _ in range(2):  # the first time imports and fills caches
            watch.seconds.clear()
            counted = 0
            with watch.part("drawing"):
                verify()
    benchmark.group = "laws"
    benchmark.name = what
    benchmark.pedantic(lambda: None, rounds=1)
    benchmark.extra_info["milliseconds"] = {
        part: 1000 * watch.seconds[part] / counted for part in ("building", "subject", "oracle", "law", "drawing")
    }
