"""The witness of each known defect must still fail. A witness that passes means a fix upstream."""

from __future__ import annotations

import pytest

from reference.laws import LAWS
from tests.plugin.families import tried
from tests.plugin.records import Ledger, Record
from tests.subjects import checkout
from tests.subjects.known_defects import KNOWN_DEFECTS, KnownDefect, Modelled


@pytest.mark.parametrize("defect", KNOWN_DEFECTS, ids=lambda defect: defect.id)
def test_witness_still_fails_in_the_versions_of_its_defect(
    defect: KnownDefect, subject: Modelled, ledger: Ledger
) -> None:
    """The same violation in the versions of the defect, and none in others. In a checkout, the witness may pass."""
    if defect not in subject.defects:
        pytest.skip(f"a defect of {defect.distribution}, and the subject is {subject.origin}")
    if not tried(defect.witness):
        pytest.skip(f"a defect on models of {defect.witness.model.family.name}: `--family` names it")
    law = LAWS[defect.law]
    if not defect.present() and not subject.has(defect):
        if not any(other.excludes(defect.law, defect.witness) for other in subject.known(law.name)):
            seen = defect.shown_by(subject.unmodelled)
            assert seen is None, f"{defect.id!r} ({defect.versions}) is in this version too; widen its versions: {seen}"
        return
    record = ledger.open(Record(kind="witness", law=defect.law, defect=defect.as_dict(), seen=False))
    stale = f"fixed upstream; delete the known defect {defect.id!r}, or narrow its versions ({defect.versions})"
    violation = defect.shown_by(subject.unmodelled)
    record.fixed = violation is None
    if record.fixed and checkout.folder(defect.distribution):
        return
    assert violation is not None, stale
    assert type(violation) is law.violation, f"{defect.id!r} now fails with {type(violation).__name__}: {violation}"
    assert violation.severity == defect.severity, (
        f"{defect.id!r} is now of severity {violation.severity.words!r}: {violation}"
    )
    record.seen = True


@pytest.mark.parametrize("defect", KNOWN_DEFECTS, ids=lambda defect: defect.id)
def test_known_defect_excludes_or_models_its_own_witness(defect: KnownDefect) -> None:
    """A known defect excludes its own witness, unless its rule is modelled."""
    assert defect.excludes(defect.law, defect.witness) == (defect.rule is None)
