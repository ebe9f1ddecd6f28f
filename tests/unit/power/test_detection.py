"""`python -m tests.tools.detection NAME` prints the witness of a fault."""

from __future__ import annotations

import pytest

from tests.power.faults.all_faults import FAULTS
from tests.tools.detection import main


@pytest.mark.night
def test_smallest_problem_of_a_fault_is_its_witness(capsys: pytest.CaptureFixture[str]) -> None:
    (fault,) = [fault for fault in FAULTS if fault.name == "scaled by the batch"]
    assert main([fault.name]) == 0
    assert capsys.readouterr().out == f"{fault.witness}\n"


def test_unknown_name_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaled by the bach"]) == 2
    assert "unknown fault 'scaled by the bach'" in capsys.readouterr().err
