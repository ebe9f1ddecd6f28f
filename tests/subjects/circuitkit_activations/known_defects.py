"""What released versions of circuitkit do otherwise than they declare, along the paths of activations."""

from __future__ import annotations

from reference.violation import Severity
from tests.subjects.circuitkit.known_defects import ONE_HEAD, ONE_TOKEN
from tests.subjects.known_defect import UNREPORTED, KnownDefect

KNOWN_DEFECTS = (
    ONE_HEAD,
    KnownDefect(
        id="mean-over-the-paths-of-all-nodes",
        distribution="circuitkit",
        versions="==0.2.0",
        law="ends_of_path",
        laws=("patching_effect",),
        effect="a score is the mean over the paths of all nodes, of which only one moves the node itself",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=ONE_TOKEN.asking(dtype="float32"),
    ),
)
