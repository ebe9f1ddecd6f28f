"""The witness of each known defect must still fail. A witness that passes means a fix upstream."""

from __future__ import annotations

import pytest

from reference.laws import LAWS
from tests.plugin.families import tried
from tests.plugin.options import LOADED
from tests.plugin.records import Ledger, Record
from tests.subjects import checkout
from tests.subjects.known_defects import KnownDefect, Modelled


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each known defect of the subject: an error in another subject's folder stops no run."""
    entries = metafunc.config.stash[LOADED].defects
    metafunc.parametrize("defect", entries, ids=[entry.id for entry in entries])


def test_witness_still_fails_in_the_versions_of_its_defect(
    defect: KnownDefect, subject: Modelled, ledger: Ledger
) -> None:
    """The same violation in the versions of the defect, and none in others. In a checkout, the witness may pass."""
    law = LAWS[defect.law]
    if not tried(defect.witness, law):
        pytest.skip(f"a defect on models of {defect.witness.model.family.name}: `--family` names it")
    # Beside a modelled rule, the witness of any other defect must show that defect alone.
    asked = subject.unmodelled if defect.rule else subject
    if not defect.present() and not subject.has(defect):
        if not subject.predicting(defect.law, defect.witness):
            seen = defect.shown_by(asked)
            assert seen is None, f"{defect.id!r} ({defect.versions}) is in this version too; widen its versions: {seen}"
        return
    record = ledger.open(Record(kind="witness", law=defect.law, defect=defect.as_dict(), seen=False))
    stale = f"fixed upstream; delete the known defect {defect.id!r}, or narrow its versions ({defect.versions})"
    violation = defect.shown_by(asked)
    record.fixed = violation is None
    if record.fixed and checkout.folder(defect.distribution):
        return
    assert violation is not None, stale
    assert type(violation) is law.violation, f"{defect.id!r} now fails with {type(violation).__name__}: {violation}"
    assert violation.severity == defect.severity, (
        f"{defect.id!r} is now of severity {violation.severity.words!r}: {violation}"
    )
    record.seen = True


def test_known_defect_predicts_or_models_its_own_witness(defect: KnownDefect, subject: Modelled) -> None:
    """It predicts that its own witness fails visibly, unless its rule is modelled, or this version does not have it."""
    assert defect.predicts(defect.law, defect.witness) == (defect.rule is None)
    if defect.rule is None and defect.present() and not checkout.folder(defect.distribution):
        assert defect.must_show(defect.witness, subject)
