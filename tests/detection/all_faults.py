"""All faults, group by group."""

from __future__ import annotations

from tests.detection.axioms import FAULTS as AXIOMS
from tests.detection.canaries import CANARIES
from tests.detection.value import FAULTS as VALUE

FAULTS = (*CANARIES, *VALUE, *AXIOMS)
