"""The record of one test about one law: values that an xdist worker sends to the verdict."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

PROPERTY = "ig-conformance"


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
    passed. `worst` is the largest share of a budget used. `sharpness` counts, by dtype, the decades of budget / largest
    |attribution|. `excluded` counts problems by known defect. `seen` is True if a witness or canary failed as expected.
    `fixed` is True if a witness passed. `collection_order` is the test's number in the order of collection, which
    xdist's workers do not keep. `same` is True if its problems are the same in every run.
    """

    kind: str
    law: str
    group: str = ""
    statement: str = ""
    implied_by: str | None = None
    method: str | None = None
    problems: int = 0
    worst: float = 0.0
    sharpness: dict[str, Counter[str]] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
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
    def left_out(self) -> Counter[str]:
        """Problems on which the law was not tried, by known defect and by reason."""
        return self.excluded + self.not_applicable

    @property
    def explains_failure(self) -> bool:
        """Whether the record says why its test failed: a violation, or a witness or canary that was not seen."""
        return self.violation is not None or self.seen is False

    def add_sharpness(self, dtype: str, values: Iterable[float]) -> None:
        """Count each budget / |attribution| under its decade, −12 for [1e-12, 1e-11)."""
        decades = self.sharpness.setdefault(dtype, Counter())
        decades.update(str(math.floor(math.log10(value))) for value in values if value > 0)

    def dumped(self) -> str:
        """The record as text: xdist sends only text."""
        return json.dumps({**vars(self), "violation": vars(self.violation) if self.violation else None})

    @classmethod
    def loaded(cls, text: str) -> Record:
        values = json.loads(text)
        values["violation"] = RecordedViolation(**values["violation"]) if values["violation"] else None
        values["excluded"] = Counter(values["excluded"])
        values["not_applicable"] = Counter(values["not_applicable"])
        values["sharpness"] = {dtype: Counter(decades) for dtype, decades in values["sharpness"].items()}
        return cls(**values)


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
