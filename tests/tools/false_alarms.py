"""False alarms: `python -m tests.tools.false_alarms` tries the value laws on a right implementation, on every family.

It prints, for each family, how many different problems were drawn, and the worst error as a share of its budget. The
exit status is 1 if a law fails. The options are `--problems N` in all, `--seed N` to draw the same problems again, and
`--family NAME`.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import argparse
import secrets
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, Phase, given, seed, settings

from reference.laws import LAWS, Law
from reference.models.families import FAMILIES
from reference.models.family import Family
from reference.observing import Comparison, Event, observed
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import applies, problems_for
from tests.plugin.records import says_nothing
from tests.subjects.textbook import Textbook
from tests.tools.progress import progress

VALUE = ("input_attribution", "inner_attribution", "layer_attribution")
"""Laws that compare each number with the oracle's. Almost all other laws follow from them."""

CHUNK = 50
"""Problems of one search, which has a seed of its own."""

CLOSE = 0.5
"""The share of a budget from which on the problem is printed."""

HEADER = ("family", "problems", "informative", "comparisons", "worst error/budget", "alarms")


@dataclass
class Tally:
    """What the laws said of one family's problems; `alarms` are the problems on which one failed."""

    family: str
    problems: set[str] = field(default_factory=set)
    informative: int = 0
    comparisons: int = 0
    worst: float = 0.0
    worst_on: str = ""
    alarms: list[str] = field(default_factory=list)

    def add(self, problem: Problem, law: Law) -> None:
        """Try the law on a problem, unless it was drawn before."""
        key = f"{law.name}: {problem!r}"
        if key in self.problems:
            return
        seen: list[Event] = []
        try:
            with observed(seen.append):
                law(problem, Textbook())
        except NotApplicable:
            return
        except Violation as violation:
            self.alarms.append(f"{key}\n    {violation}")
        self.problems.add(key)
        compared = [event for event in seen if isinstance(event, Comparison)]
        self.comparisons += len(compared)
        self.informative += not says_nothing(seen)
        used = max((one.used for one in compared), default=0.0)
        if used > self.worst:
            self.worst, self.worst_on = used, key

    @property
    def row(self) -> tuple[str, ...]:
        """In the order of HEADER."""
        return (
            self.family,
            f"{len(self.problems):,}",
            f"{self.informative:,}",
            f"{self.comparisons:,}",
            f"{self.worst:.3g}",
            f"{len(self.alarms)}",
        )


def tally(family: Family, problems: int, first: int) -> Tally:
    """At least so many different problems of the family, drawn from seeds that begin with `first`."""
    found, laws = Tally(family.name), [LAWS[name] for name in VALUE if not applies(LAWS[name], family)]
    with progress(unit=f"problems of {family.name}", total=problems) as bar:
        for chunk in count():
            if len(found.problems) >= problems:
                break
            search(found, laws[chunk % len(laws)], family, CHUNK, f"{first} {chunk} {family.name}")
            bar.update(len(found.problems) - bar.n)
    return found


def search(found: Tally, law: Law, family: Family, problems: int, of_search: str) -> None:
    """Try the law on at most so many problems."""

    @seed(of_search)
    @settings(
        max_examples=problems,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(problem=problems_for(law, family=family))
    def draw(problem: Problem) -> None:
        found.add(problem, law)

    draw()


def lines(families: list[Family], problems: int, first: int) -> Iterator[tuple[str, bool]]:
    """The table, row by row; and whether a law failed."""
    yield f"| {' | '.join(HEADER)} |", False
    yield "|---|" + "--:|" * (len(HEADER) - 1), False
    each = -(-problems // len(families))
    tallies = []
    for family in families:
        tallies.append(one := tally(family, each, first))
        yield f"| {' | '.join(one.row)} |", bool(one.alarms)
        yield from ((f"    {alarm}", True) for alarm in one.alarms)
        if one.worst > CLOSE:
            yield f"    close: {one.worst_on}", False
    drawn = sum(len(one.problems) for one in tallies)
    share = sum(one.informative for one in tallies) / drawn
    alarms, worst = sum(len(one.alarms) for one in tallies), max(one.worst for one in tallies)
    yield f"{drawn:,} problems, {share:.1%} informative, worst error/budget {worst:.3g}, {alarms} false alarms", False


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.false_alarms", description="Search for false alarms.")
    installed = {name: family for name, family in FAMILIES.items() if not family.missing}
    parser.add_argument("--problems", type=int, default=20_000, help="in all, evenly among the families")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="draw these problems again")
    parser.add_argument("--family", choices=installed, help="one family alone")
    asked = parser.parse_args(arguments)
    families = [installed[asked.family]] if asked.family else [*installed.values()]
    print(f"--seed={asked.seed}")
    start, failed = time.process_time(), False
    for line, is_alarm in lines(families, asked.problems, asked.seed):
        print(line, flush=True)
        failed |= is_alarm
    print(f"{time.process_time() - start:,.0f} s of CPU")
    return int(failed)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))
