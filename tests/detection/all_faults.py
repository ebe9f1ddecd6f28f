"""All faults, group by group."""

from __future__ import annotations

from tests.detection.axioms import FAULTS as AXIOMS
from tests.detection.canaries import CANARIES
from tests.detection.conventions import FAULTS as CONVENTIONS
from tests.detection.purity import FAULTS as PURITY
from tests.detection.refusal import FAULTS as REFUSAL
from tests.detection.stack import FAULTS as STACK
from tests.detection.value import FAULTS as VALUE

FAULTS = (*CANARIES, *VALUE, *AXIOMS, *PURITY, *REFUSAL, *CONVENTIONS, *STACK)
