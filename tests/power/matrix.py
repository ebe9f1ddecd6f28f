"""Faults × laws on fixed problems: each fault in textbook, each law that has faults, on the witnesses of those."""

from __future__ import annotations

import torch

from reference.laws import LAWS
from reference.problem import Problem
from reference.violation import NotApplicable
from tests.power.faults.all_faults import FAULTS
from tests.power.faults.fault import Fault
from tests.subjects.textbook import Textbook

TRIED: dict[str, list[Problem]] = {}
"""By law: the witnesses of its faults."""

for _fault in FAULTS:
    TRIED.setdefault(_fault.law, []).append(_fault.witness)


def violated(law: str) -> bool:
    """Whether textbook, with the faults planted now, fails the law on one of its witnesses."""
    check, subject = LAWS[law], Textbook()
    for problem in TRIED[law]:
        try:
            check(problem, subject)
        except check.violation:
            return True
        except NotApplicable:
            pass
    return False


def seen_by(fault: Fault) -> list[str]:
    """The laws that fail with the fault."""
    with torch.random.fork_rng(devices=[]), fault.planted():
        return [law for law in TRIED if violated(law)]


def false_alarms() -> list[str]:
    """The laws that fail on textbook without a fault: there must be none."""
    return [law for law in TRIED if violated(law)]
