"""The record of one test about one law: values that an xdist worker sends to the verdict."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from reference.observing import AcceptedError, Comparison, Event, Returned

PROPERTY = "ig-conformance"

OWN = "own list: "
"""How the ids of the entries in a user's own list of known defects begin."""

LONGEST_REASON = 80


@dataclass
class RecordedViolation:
    """The violation of a law. Hypothesis tries the smallest failing problem last, so the last violation is recorded."""

    problem: str
    message: str
    severity: int
    words: str
    name: str
    reproducer: str | None = None


@dataclass
class Record:
    """The results of one test.

    `kind` is "law", "witness" (of a known defect) or "canary" (a planted fault). `problems` counts the problems that
    passed; `informative` those on which the law could have failed; `enough` is how many of them a law needs to pass.
    `silent` counts the others by reason, and `by_error` the problems that passed by accepted errors alone, by the text
    of the error. `worst` is the largest share of a budget used. `sharpness` counts, by dtype, the decades of budget /
    largest number compared. `nearest` is, by dtype, the largest share of a budget that is a number, and its
    problem. `families` counts, by family of models, the problems that passed. `seen` is True if a witness or canary
    failed as expected. `fixed` is True if a witness passed. `collection_order` is the test's number in the order of
    collection, which xdist's workers do not keep. `shown` counts, by known defect, the problems on which the law
    failed as the defect predicts; `unshown` counts those on which the law passed, because the predicted effect is
    within two budgets. `wrong_prediction` names the known defect that predicts something else than what happened.
    `same` is True if its problems are the same in every run.
    """

    kind: str
    law: str
    group: str = ""
    statement: str = ""
    implied_by: str | None = None
    method: str | None = None
    problems: int = 0
    informative: int = 0
    enough: int = 10
    silent: Counter[str] = field(default_factory=Counter)
    by_error: Counter[str] = field(default_factory=Counter)
    worst: float = 0.0
    sharpness: dict[str, Counter[str]] = field(default_factory=dict)
    nearest: dict[str, tuple[float, str]] = field(default_factory=dict)
    families: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    unshown: Counter[str] = field(default_factory=Counter)
    wrong_prediction: str = ""
    not_applicable: Counter[str] = field(default_factory=Counter)
    lacking: list[str] = field(default_factory=list)
    share: float | None = None
    violation: RecordedViolation | None = None
    defect: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    seen: bool | None = None
    fixed: bool = False
    collection_order: int = 0
    same: bool = False

    @property
    def tried(self) -> bool:
        """Whether the law was tried on a problem."""
        return bool(self.problems or self.violation or self.shown)

    @property
    def explains_failure(self) -> bool:
        """Whether the record says why its test failed: a violation, a wrong prediction, or a witness not seen."""
        return self.violation is not None or self.seen is False or bool(self.wrong_prediction)

    @property
    def drawn(self) -> int:
        """The problems that passed, that failed as a known defect predicts, or to which the law did not apply."""
        return self.problems + self.shown.total() + self.not_applicable.total()

    def passed(self, dtype: str, seen: Sequence[Event]) -> None:
        """Count a problem that passed, with what the law told of it."""
        compared = [event for event in seen if isinstance(event, Comparison)]
        accepted = [event for event in seen if isinstance(event, AcceptedError)]
        self.problems += 1
        self.worst = max([self.worst, *(one.used for one in compared)])
        for one in compared:
            self.add_sharpness(dtype, one.sharpness)
        if accepted and not compared:
            self.by_error[re.sub(r"\d+", "N", accepted[0].error)[:LONGEST_REASON]] += 1
        if why := says_nothing(seen):
            self.silent[why] += 1
        else:
            self.informative += 1

    def near(self, dtype: str, problem: object, seen: Sequence[Event]) -> None:
        """Keep the problem if a comparison used more of its budget than all others of this dtype."""
        used = [event.used for event in seen if isinstance(event, Comparison) and math.isfinite(event.used)]
        if used and max(used) > self.nearest.get(dtype, (0.0, ""))[0]:
            self.nearest[dtype] = (max(used), repr(problem))

    def add_sharpness(self, dtype: str, values: Iterable[float]) -> None:
        """Count each budget / largest number compared under its decade, −12 for [1e-12, 1e-11)."""
        decades = self.sharpness.setdefault(dtype, Counter())
        decades.update(str(math.floor(math.log10(value))) for value in values if 0 < value < math.inf)

    def dumped(self) -> str:
        """The record as text: xdist sends only text."""
        return json.dumps({**vars(self), "violation": vars(self.violation) if self.violation else None})

    @classmethod
    def loaded(cls, text: str) -> Record:
        values = json.loads(text)
        values["violation"] = RecordedViolation(**values["violation"]) if values["violation"] else None
        for name in ("shown", "unshown", "not_applicable", "silent", "by_error", "families"):
            values[name] = Counter(values[name])
        values["nearest"] = {dtype: (used, problem) for dtype, (used, problem) in values["nearest"].items()}
        values["sharpness"] = {dtype: Counter(decades) for dtype, decades in values["sharpness"].items()}
        return cls(**values)


def says_nothing(seen: Sequence[Event]) -> str:
    """Why a problem that passed says nothing, or an empty text.

    Each comparison must inform about one example at least. If nothing is compared, a call must have returned.
    """
    compared = [event for event in seen if isinstance(event, Comparison)]
    for one in compared:
        if any(one.informative):
            continue
        if all(map(math.isinf, one.sharpness)):
            return "the numbers compared are 0"
        return f"the budget is not below {Fraction(one.share).limit_denominator(100)} of the largest number compared"
    if compared or any(isinstance(event, Returned) for event in seen):
        return ""
    return "no call returned a result"


class Ledger:
    """The record of the current test. Hypothesis calls the body of a test many times; the record stays the same."""

    def __init__(self) -> None:
        self.current: Record | None = None

    def open(self, record: Record) -> Record:
        """The record of the test: `record` at the first call, and the same object afterwards."""
        if self.current is None:
            self.current = record
        return self.current

    def close(self) -> Record | None:
        """Return the record, and prepare for the next test."""
        record, self.current = self.current, None
        return record
