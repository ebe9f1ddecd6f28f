"""All breaks."""

from __future__ import annotations

from tests.power.breakage import oracle, running, strategies

BREAKS = (*oracle.BREAKS, *strategies.BREAKS, *running.BREAKS)
