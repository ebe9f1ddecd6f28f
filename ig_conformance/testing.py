"""`laws(subject)`: the laws of Integrated Gradients as one pytest test, for the test suite of an implementation.

    from ig_conformance.testing import laws

    test_ig = laws(MyIG(), methods=["gausslegendre"], known={"two_threads": "shares its buffers"})

`MyIG` has `ig`, `lig`, or both, with the arguments that ig_conformance/reference/subject.py lists. Set `refuses = True`
on it if it raises errors on meaningless calls. Without it, the laws about errors are skipped as not applicable.
"""

from __future__ import annotations

import math
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from reference.laws import LAWS, Law
from reference.observing import Event, observed
from reference.oracle.quadrature import METHODS
from reference.problem import Problem
from reference.subject import capabilities, check_signature
from reference.violation import NotApplicable, Violation, first_line
from strategies.domain import DOMAINS, problems_for
from tests.plugin.records import says_nothing
from tests.report.parsing import suggestion
from tests.report.words import listed, versions
from tests.subjects.own_list import Own, read

__all__ = ["laws"]

SHRINKING = 2.0
"""Seconds for shrinking a failing example, so that a subject that fails everywhere ends in minutes."""

NEVER = 30
"""Skip a law after this number of problems to which it does not apply."""

ENOUGH = 3
"""Informative problems without which a law does not pass."""

DRAWS = 100
"""Draws of a law that must pass on 95 % of them."""


@dataclass(frozen=True)
class Case:
    """One test: a primary law by one method, or a corollary or statistical law by all of them."""

    law: Law
    methods: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.law.name}[{self.methods[0]}]" if self.law.primary and self.law.share == 1 else self.law.name

    @property
    def problems(self) -> st.SearchStrategy[Problem]:
        return st.one_of([problems_for(self.law, method) for method in self.methods])


def laws(
    subject: Any,
    *,
    methods: Sequence[str] = ("gausslegendre",),
    known: Mapping[str, str] | str | os.PathLike[str] | None = None,
    max_examples: int = 10,
    derandomize: bool = True,
) -> Callable[..., None]:
    """A pytest test with one case for each law and method. Assign it to a name that begins with `test_`.

    `known` maps a law, or `law[method]`, to the reason why the law fails. The case is then an expected failure, and it
    fails as soon as the law passes. Or it is the path of a list of the form of `--known` (tests/subjects/own_list.py),
    which excuses a severity, or one case of a law, until a day.
    A law that needs what the subject does not have is skipped. The problems are the same in every run, and
    `derandomize=False` draws new ones. Nothing is stored, and no setting of your own tests changes.

    Raises   TypeError if laws cannot call the subject; ValueError for no method, an unknown method or law, a bad list
    """
    if isinstance(subject, type):
        raise TypeError(f"laws() needs an instance: write laws({subject.__name__}(), ...)")
    if isinstance(methods, str) or not methods:
        raise ValueError(f"`methods` must be a list of at least one of {', '.join(METHODS)}; got {methods!r}")
    check_signature(subject)
    for attribute, value in (("name", type(subject).__name__), ("device", "cpu")):
        if not hasattr(subject, attribute):
            setattr(subject, attribute, value)
    _check_known("methods", methods, METHODS)
    cases = [*_cases(methods)]
    own = [] if known is None or isinstance(known, Mapping) else [one for one in read(Path(known)) if not one.expired]
    reasons = dict(known) if isinstance(known, Mapping) else {}
    _check_known("known", reasons, [*dict.fromkeys(name for case in cases for name in (case.law.name, case.id))])
    search = settings(
        parent=settings.get_profile("default"),
        max_examples=max_examples,
        derandomize=derandomize,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        # A first problem builds a model and may import half of transformers. Some laws apply to few problems.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )

    @pytest.mark.parametrize("case", cases, ids=lambda case: case.id)
    def test(case: Case) -> None:
        reason = reasons.get(case.id, reasons.get(case.law.name))
        listed_here = [one for one in own if one.law == case.law.name]
        tried = Search(case, subject, search, shrink=reason is None, own=listed_here)
        nothing = tried.run()
        if reason is None:
            if nothing:
                pytest.skip(f"not applicable: {nothing}")
            if tried.failure:
                _report(case, subject, *tried.failure)
            if tried.excused:
                pytest.xfail(", ".join(tried.excused))
            # An entry does not name a method. If a law has a test for each, one of them may pass.
            if listed_here and sum(one.law is case.law for one in cases) == 1:
                pytest.fail(f"known defect no longer fails: remove {case.law.name} from {known}", pytrace=False)
            if silent := tried.uninformative:
                pytest.skip(f"not informative: {silent}")
        elif nothing:
            pytest.fail(f"{case.id} does not apply ({nothing}): remove it from `known`", pytrace=False)
        elif not tried.failure:
            pytest.fail(f"known defect no longer fails: remove {case.id} from `known` ({reason})", pytrace=False)
        else:
            pytest.xfail(reason)

    return test


class Search:
    """One law on generated problems, until it fails or `max_examples` passed."""

    def __init__(self, case: Case, subject: Any, search: settings, *, shrink: bool, own: Sequence[Own] = ()) -> None:
        self.case, self.subject, self.own = case, subject, own
        self.excused: Counter[str] = Counter()
        if case.law.share < 1:
            search = settings(search, max_examples=max(DRAWS, search.max_examples))
        self.settings = settings(search, phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,))
        self.passed = 0
        self.silent: Counter[str] = Counter()
        self.not_applicable: Counter[str] = Counter()
        self.failing: dict[Problem, Exception] = {}
        self.failure: tuple[Problem, Exception] | None = None
        self.end = math.inf

    def run(self) -> str | None:
        """The reason why the law does not apply, or None. Sets `failure` to the smallest failing example, if any."""
        lacking = sorted(self.case.law.needs - capabilities(self.subject))
        if lacking:
            return f"the subject has no {', '.join(lacking)}"
        attempt = self.shrinking if self.case.law.share == 1 else self.counting

        @self.settings
        @given(problem=self.case.problems)
        def search(problem: Problem) -> None:
            attempt(problem)

        try:
            search()
        except Unsatisfiable:
            pass
        except Exception as error:
            self.failure = next(((problem, one) for problem, one in self.failing.items() if one is error), None)
            if self.failure is None:
                raise
        if self.passed or self.failing or self.excused:
            return None
        return ", ".join(self.not_applicable) or "no problem was drawn"

    @property
    def uninformative(self) -> str:
        """Why the law does not pass although no problem failed: it could have failed on too few. Empty if it passes."""
        enough = 1 if DOMAINS[self.case.law.domain].few else min(ENOUGH, self.settings.max_examples)
        if self.passed - self.silent.total() >= enough:
            return ""
        reasons = ", ".join(f"{reason} ({count})" for reason, count in self.silent.items())
        return f"{self.silent.total()} of {self.passed} problems were not informative: {reasons}"

    def shrinking(self, problem: Problem) -> None:
        """Try the law on each problem once: a law about threads may pass when it is tried again.

        Raises   what the law raised on this problem
        """
        if problem in self.failing:
            raise self.failing[problem]
        if time.monotonic() < self.end and self.fails(problem):
            self.end = min(self.end, time.monotonic() + SHRINKING)
            raise self.failing[problem]

    def counting(self, problem: Problem) -> None:
        """Let the numbers be wrong on a share of the draws.

        Raises   the last violation, if they are on more; any other violation, and any other exception
        """
        allowed = (1 - self.case.law.share) * self.settings.max_examples
        if problem in self.failing or (time.monotonic() < self.end and self.fails(problem)):
            error = self.failing[problem]
            excused = isinstance(error, Violation) and error.of_a_number
            if not excused or len(self.failing) > allowed:
                self.end = min(self.end, time.monotonic() + SHRINKING)
                raise error

    def fails(self, problem: Problem) -> bool:
        """Whether the law fails on the problem. Another problem is drawn if the law does not apply to this one."""
        if not self.passed and self.not_applicable.total() >= NEVER:
            return False
        seen: list[Event] = []
        try:
            with observed(seen.append):
                self.case.law(problem, self.subject)
        except NotApplicable as reason:
            self.not_applicable[str(reason)] += 1
            reject()
        except Exception as error:
            if isinstance(error, Violation) and (excuse := self.excuse(problem, error)):
                self.excused[excuse] += 1
                return False
            self.failing[problem] = error
            return True
        self.passed += 1
        if why := says_nothing(seen):
            self.silent[why] += 1
        return False

    def excuse(self, problem: Problem, violation: Violation) -> str | None:
        """The reason of the first entry of the list that predicts this violation."""
        name = self.case.law.name
        return next(
            (one.reason for one in self.own if one.predicts(name, problem) and one.explains(name, violation)), None
        )


def _report(case: Case, subject: Any, problem: Problem, error: Exception) -> NoReturn:
    """Fail with what a bug report needs, and with the traceback of the subject if it raised."""
    violation = isinstance(error, Violation)
    raised = error.__cause__ if violation else error
    text = "\n".join(
        (
            str(error) if violation else f"the law raised {type(error).__name__}: {first_line(error)}",
            f"  law       {case.law.group}/{case.law.name}: {case.law.statement}",
            f"  subject   {subject.name}",
            f"  problem   {problem!r}",
            f"  again     ig_conformance.reference.laws.LAWS[{case.law.name!r}](problem, subject)",
            f"  versions  {listed(versions())}",
            *(traceback.format_exception(raised, chain=False) if raised else ()),
        )
    )
    pytest.fail(text, pytrace=False)


def _cases(methods: Sequence[str]) -> Iterator[Case]:
    """One case per law and method. Laws that do not call the subject are left out: they are about torch."""
    for law in LAWS.values():
        if law.needs:
            each = law.primary and law.share == 1
            yield from (Case(law, (method,)) for method in methods) if each else [Case(law, tuple(methods))]


def _check_known(argument: str, names: Iterable[str], allowed: Sequence[str]) -> None:
    """Every name is one of `allowed`.

    Raises   ValueError, on one line, that suggests a name
    """
    for name in names:
        if name not in allowed:
            same_law = [one for one in allowed if one.partition("[")[0] == name.partition("[")[0]]
            raise ValueError(f"unknown name {name!r} in `{argument}`: {suggestion(name, same_law or list(allowed))}")
