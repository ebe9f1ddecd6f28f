"""EAP-IG of circuitkit as a subject: "EAP-IG-activations", which "interpolates the output activation of each node"."""

from __future__ import annotations

from reference.declaration import PathDeclaration
from tests.subjects.circuitkit.adapter import STEPS, CircuitKit

ACTIVATIONS = PathDeclaration(
    source="circuitkit/backends/eap/attribute_node.py, get_scores_ig_activations",
    path="own activation",
    method="riemann_right",
    n_steps=STEPS,
)


class CircuitKitActivations(CircuitKit):
    """The other method of the same calls."""

    name = "circuitkit_activations"
    distribution = "circuitkit"
    how = "EAP-IG-activations"
    paths = {"nodes": ACTIVATIONS, "edges": ACTIVATIONS}  # noqa: RUF012


SUBJECT = CircuitKitActivations
