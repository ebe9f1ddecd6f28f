"""The verdict: the records of a run, law by law, and the canary, which shows whether the run detects faults."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.plugin.records import Record
from tests.report.information import Warned
from tests.report.law_verdict import LawVerdict

CANARIES = 3

LAW_TESTS = "tests/properties/"
"""The folder of the tests that decide the verdict. All other tests in this checkout test the suite itself."""


KNOWN = {
    "passes outside": ", {} more outside its known defects",
    "fails:": "; {} fail as known on every problem",
    "is not informative outside": "; {} not informative outside its known defects",
    "was not tried, because of": "; {} not tried, because of known defects",
}
"""Laws with known defects in the summary, by what they do beside them."""


@dataclass
class Verdict:
    """The result of a run on one subject.

    `broken` lists tests of laws that failed without naming a violation. `died` lists the tests of laws during which
    a worker died. Both make the verdict inconclusive. `elsewhere` lists failed tests of the suite itself, which do
    not concern the subject. `ended` is the reason why the run ended early, or empty. `own` are the entries of the
    user's own list of known defects. `date` is the day of the run. `declares` is what a tool declares. `fresh` is
    the option that draws the fresh problems of the run again.
    """

    subject: str
    versions: dict[str, str]
    records: list[Record] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    ended: str = ""
    own: list[dict[str, str]] = field(default_factory=list)
    fresh: str = ""
    date: str = ""
    declares: dict[str, Any] = field(default_factory=dict)

    @property
    def laws(self) -> list[LawVerdict]:
        """One verdict per law, in the order in which groups and laws were run."""
        found: dict[str, LawVerdict] = {}
        for record in self.records:
            if record.kind == "law":
                verdict = found.setdefault(record.law, LawVerdict(record.law, record.group))
                verdict.records.append(record)
        for record in self.witnesses:
            if record.seen and record.law in found:
                found[record.law].defects.append(record.defect["id"])
        groups = list(dict.fromkeys(verdict.group for verdict in found.values()))
        return sorted(found.values(), key=lambda verdict: groups.index(verdict.group))

    @property
    def witnesses(self) -> list[Record]:
        return [record for record in self.records if record.kind == "witness"]

    @property
    def changed(self) -> list[str]:
        """Known defects whose witness fails with another violation or severity than recorded."""
        return [record.defect["id"] for record in self.witnesses if record.defect and not (record.seen or record.fixed)]

    @property
    def fixed(self) -> list[str]:
        """Known defects whose witness did not fail."""
        return [record.defect["id"] for record in self.witnesses if record.fixed]

    @property
    def shown(self) -> Counter[str]:
        """By known defect, the number of problems on which a law failed as the defect predicts."""
        return sum((law.shown for law in self.laws), Counter())

    @property
    def wrong_predictions(self) -> list[str]:
        """What known defects predict, and what happened instead: those entries must be deleted, narrowed or split."""
        found = [record.wrong_prediction for record in self.records if record.wrong_prediction]
        return list(dict.fromkeys([*found, *(f"{id} passes in this run: delete the entry" for id in self.own_fixed)]))

    @property
    def own_fixed(self) -> list[str]:
        """Entries of the user's list whose law passes on all problems of the run."""
        passed: Counter[str] = sum((record.unshown for record in self.records), Counter())
        return [entry["id"] for entry in self.own if passed[entry["id"]] and not self.shown[entry["id"]]]

    @property
    def canaries(self) -> list[Record]:
        return [record for record in self.records if record.kind == "canary"]

    @property
    def canary(self) -> str:
        """The number of planted faults that were seen, as text."""
        if not self.canaries:
            return "not run"
        return f"{sum(bool(record.seen) for record in self.canaries)} of {CANARIES} faults seen"

    @property
    def inconclusive(self) -> str:
        """The reason why the run is inconclusive, or an empty text."""
        if self.died:
            return f"a worker died during {', '.join(self.died)}"
        if self.ended:
            return self.ended
        if not self.canaries:
            return "the canary was not run"
        if sum(bool(record.seen) for record in self.canaries) < CANARIES:
            return f"only {self.canary}, so the run may miss other faults"
        if self.broken:
            count = len(self.broken)
            return f"{count} test{'s' if count > 1 else ''} failed without naming a violation"
        return self.says_nothing

    @property
    def says_nothing(self) -> str:
        """The reason why the run says nothing about the subject, or an empty text."""
        # The laws of the stack do not call the subject.
        outcomes = Counter(law.outcome for law in self.laws if law.group != "stack")
        silent = {"not-applicable", "not-informative"}
        if not outcomes or outcomes.keys() - silent:
            return ""
        counted = (f"{outcomes[name]} {name.replace('-', ' ')}" for name in sorted(silent) if outcomes[name])
        return f"no law was tried on enough informative problems: {', '.join(counted)}"

    @property
    def same(self) -> int:
        """The problems that passed and that every run tries."""
        return sum(record.problems for record in self.records if record.kind == "law" and record.same)

    @property
    def sameness(self) -> str:
        """How many of the problems every run tries, as text; empty if all are random."""
        problems = sum(law.problems for law in self.laws)
        if not self.same:
            return ""
        others = f"the others are drawn again by {self.fresh}" if self.fresh else "a subject could have memorised them"
        return f"{self.same} of {problems} are the same in every run; {others}"

    @property
    def warnings(self) -> list[Warned]:
        """Laws with more than a quarter of problems not informative, passed by errors alone, or not applicable."""
        return [warned for law in self.laws for warned in law.warnings]

    @property
    def without_errors(self) -> str:
        """The number of laws that are skipped because the subject declares no errors, as text; empty if 0."""
        laws = {record.law for record in self.records if "refuses" in record.lacking}
        if not laws:
            return ""
        return f"{len(laws)} laws are not applicable, because the subject does not declare `refuses = True`"

    @property
    def silent(self) -> list[LawVerdict]:
        """The laws that were tried on too few problems on which they could have failed."""
        outside = ("known-defect", "is not informative outside")
        return [
            law for law in self.laws if law.outcome == "not-informative" or (law.outcome, law.beside_known) == outside
        ]

    @property
    def violated(self) -> list[LawVerdict]:
        """The violated laws, most severe first. Laws that follow from another violated law come last."""
        found = [law for law in self.laws if law.violation]
        names = {law.law for law in found}
        return sorted(
            found, key=lambda law: (law.implied_by in names, -(law.violation.severity if law.violation else 0))
        )

    def failed(self, test: str, *, died: bool = False) -> None:
        """Count a failed test that has no violation; `test` is its node id."""
        if test.startswith("tests/") and not test.startswith(LAW_TESTS):
            tests = self.elsewhere
        else:
            tests = self.died if died else self.broken
        if test not in tests:
            tests.append(test)

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        count = len(self.elsewhere)
        others = f"; {count} test{'s' if count > 1 else ''} of the suite itself failed" if count else ""
        return self._of_the_subject + others

    @property
    def _of_the_subject(self) -> str:
        fails = f"{self.subject} fails {len(self.violated)} of {len(self.laws)} laws" if self.violated else ""
        if self.inconclusive:
            return f"inconclusive: {self.inconclusive}" + (f"; {fails}" if fails else "")
        fixed = f"; fixed upstream: {', '.join(self.fixed)}" if self.fixed else ""
        fixed += f"; known defects that fail in another way: {', '.join(self.changed)}" if self.changed else ""
        count = len(self.wrong_predictions)
        fixed += f"; {count} known defect{'s' if count > 1 else ''} to delete or narrow" if count else ""
        if fails:
            return fails + fixed
        outcomes = Counter(law.outcome for law in self.laws)
        beside = Counter(law.beside_known for law in self.laws if law.outcome == "known-defect")
        said = "".join(words.format(beside[how]) for how, words in KNOWN.items() if beside[how])
        counted = [(outcomes[name], name.replace("-", " ")) for name in ("not-informative", "not-applicable")]
        silent = "".join(f"; {count} {name}" for count, name in counted if count)
        return f"{self.subject} passes {outcomes['passes']} of {len(self.laws)} laws{said}{silent}{fixed}"

    def sharpness(self) -> dict[str, Counter[str]]:
        """By dtype, the number of comparisons in each decade of budget / |attribution|."""
        total: dict[str, Counter[str]] = {}
        for record in self.records:
            for dtype, decades in record.sharpness.items():
                total.setdefault(dtype, Counter()).update(decades)
        return total

    def as_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "versions": self.versions,
            "date": self.date,
            "declares": self.declares,
            "canary": self.canary,
            "inconclusive": self.inconclusive or None,
            "same_problems": self.same,
            "fresh": self.fresh or None,
            "laws": [law.as_json(self.subject) for law in self.laws],
            "known_defects": [
                {
                    **record.defect,
                    "law": record.law,
                    "witnessed": record.seen,
                    "fixed": record.fixed,
                    "shown": self.shown[record.defect["id"]],
                }
                for record in self.witnesses
            ],
            "own_list": [{**entry, "shown": self.shown[entry["id"]]} for entry in self.own],
            "wrong_predictions": self.wrong_predictions,
            "sharpness": {dtype: dict(decades) for dtype, decades in self.sharpness().items()},
            "broken": self.broken,
            "died": self.died,
            "elsewhere": self.elsewhere,
        }
