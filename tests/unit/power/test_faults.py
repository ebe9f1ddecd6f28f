"""Every fault is detected by its law, and every primary law detects a fault."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
import torch
from torch import Tensor

from reference.laws import LAWS, Law
from tests.plugin.night import some
from tests.power.faults.all_faults import FAULTS, looked_for
from tests.power.faults.fault import Fault
from tests.power.faults.wrong_if import UNREPORTED
from tests.power.kinds import KINDS
from tests.power.matrix import false_alarms
from tests.power.search import search
from tests.subjects.textbook import Textbook, scalar
from tests.unit.installed import skip_unless_applies


@pytest.mark.parametrize("fault", some(looked_for(), every=2), ids=lambda fault: fault.name)
def test_fault_is_detected_by_its_law(fault: Fault) -> None:
    skip_unless_applies(LAWS[fault.law])
    assert search(fault) is not None, f"{fault.law} did not see {fault.name!r}"


@pytest.mark.parametrize("law", [law for law in LAWS.values() if law.primary], ids=lambda law: law.name)
def test_primary_law_detects_a_fault(law: Law) -> None:
    assert any(fault.law == law.name for fault in FAULTS)


def test_names_of_faults_are_unique() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("fault", some(FAULTS, every=2, first=1), ids=lambda fault: fault.name)
def test_fault_is_detected_on_its_witness(fault: Fault) -> None:
    skip_unless_applies(LAWS[fault.law])
    law = LAWS[fault.law]
    with torch.random.fork_rng(devices=[]), fault.planted(), pytest.raises(law.violation):
        law(fault.witness, Textbook())


def test_fault_planted_by_two_threads_is_removed_afterwards() -> None:
    """The threads enter and leave together. The second must not restore the patch of the first."""
    here, there = (threading.Barrier(2, timeout=60) for _ in range(2))
    (fault,) = [fault for fault in FAULTS if fault.name == "path handed over"]
    own = Tensor.clone

    def output(self: Any, points: Tensor, examples: Tensor) -> Tensor:
        for barrier in (here, there):
            barrier.wait()
        return points.clone()

    tensor = torch.ones(2)
    with mock.patch.object(scalar.Scalar, "output", output), fault.planted(), ThreadPoolExecutor(2) as threads:
        results = [threads.submit(scalar.Scalar.output, None, tensor, tensor) for _ in range(2)]  # type: ignore[arg-type]
        assert [one.result() is tensor for one in results] == [True, True]
        assert tensor.clone() is not tensor
    assert Tensor.clone is own


@pytest.mark.night
def test_healthy_subject_passes_on_every_witness() -> None:
    assert false_alarms() == []


def test_every_kind_has_faults_and_every_fault_without_a_report_is_of_a_kind() -> None:
    names = [name for some in KINDS.values() for name in some]
    assert len(names) == len(set(names))
    assert set(names) <= {fault.name for fault in FAULTS}
    assert {fault.name for fault in FAULTS if fault.link == UNREPORTED} <= set(names)
