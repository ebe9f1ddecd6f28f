"""Every fault is seen by the law that names it, and every primary law sees one."""

from __future__ import annotations

import pytest
import torch

from reference.laws import LAWS, Law
from tests.detection.all_faults import FAULTS
from tests.detection.fault import Fault
from tests.detection.matrix import blamed, violated
from tests.detection.search import search


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_seen_by_the_law_that_names_it(fault: Fault) -> None:
    assert search(fault) is not None, f"{fault.law} did not see {fault.name!r}"


@pytest.mark.parametrize("law", [law for law in LAWS.values() if law.primary], ids=lambda law: law.name)
def test_primary_law_has_a_fault_that_it_sees(law: Law) -> None:
    assert any(fault.law == law.name for fault in FAULTS)


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_seen_on_its_witness(fault: Fault) -> None:
    with torch.random.fork_rng(devices=[]), fault.planted():
        assert violated(fault.law)


def test_healthy_subject_is_blamed_on_no_witness() -> None:
    assert blamed() == []
