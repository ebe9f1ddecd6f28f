"""The canary: three planted faults, which their laws must detect. A run that misses one is inconclusive."""

from __future__ import annotations

import pytest

from tests.plugin.records import Ledger, Record
from tests.power.faults.canaries import CANARIES
from tests.power.faults.fault import Fault
from tests.power.search import search


@pytest.mark.parametrize("fault", CANARIES, ids=lambda fault: fault.name)
def test_planted_fault_is_detected_by_its_law(fault: Fault, ledger: Ledger) -> None:
    record = ledger.open(Record(kind="canary", law=fault.law, fault=fault.name, seen=False))
    record.seen = search(fault) is not None
    assert record.seen, f"{fault.law} did not detect the planted fault {fault.name!r}"
