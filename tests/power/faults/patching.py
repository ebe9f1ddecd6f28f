"""Faults in the scores of nodes and edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from reference.models.gpt2 import TinyGPT2
from reference.problem import Problem, Tokens
from tests.power.faults.fault import Fault, Plant
from tests.subjects.textbook import Textbook, patching

EAP_IG = "https://github.com/hannamw/EAP-IG/blob/main/src/eap/attribute.py"
CIRCUITKIT = "https://pypi.org/project/circuitkit/0.2.0/"

ONE_TOKEN = Problem(
    model=TinyGPT2(head="causal", activation="gelu_new"), data=Tokens(ids=((0,),), baseline=((1,),))
).asking(target=(0, 0))
"""The shortest text."""


def replacing(name: str, fault: Any) -> Plant:
    """Plants a fault: the function `name` of textbook's patching is the fault."""

    @contextmanager
    def planted() -> Iterator[None]:
        with mock.patch.object(patching, name, fault):
            yield

    return planted


def other_way_round(gradient: Tensor, difference: Tensor) -> Tensor:
    """The path leads from x' to x, and the difference from x to x'."""
    return -(gradient * difference).flatten(1).sum(1)


@contextmanager
def rest_at_the_baseline() -> Iterator[None]:
    """All else is as at x', while the node moves from its value there to that at x."""

    def exchanged(model: Any, clean: Tensor, corrupted: Tensor, **options: Any) -> list[Tensor]:
        return [-score for score in patching.nodes(model, corrupted, clean, **options)]

    with mock.patch.object(Textbook, "nodes", staticmethod(exchanged)):
        yield


@contextmanager
def nodes_together() -> Iterator[None]:
    """All nodes of a call move at once."""

    def together(model: Any, clean: Tensor, corrupted: Tensor, *, nodes: Sequence[str], metric: Any) -> list[Tensor]:
        x, start = (patching.outputs(model, nodes, ids) for ids in (clean, corrupted))
        found = {node: torch.zeros(len(clean), dtype=x[node].dtype) for node in nodes}
        for steps in zip(*(patching.path(x[node], start[node]) for node in nodes), strict=True):
            points = {node: point for node, (point, _) in zip(nodes, steps, strict=True)}
            with torch.enable_grad(), patching.hooked(model, {n: patching.putting(p) for n, p in points.items()}):
                value = metric(model(clean).logits).sum()
                slopes = patching.gradients(value, list(points.values()))
            for node, slope, (_, weight) in zip(nodes, slopes, steps, strict=True):
                found[node] += weight * patching.dot(slope, x[node] - start[node])
        return list(found.values())

    with mock.patch.object(Textbook, "nodes", staticmethod(together)):
        yield


@contextmanager
def gradient_of_the_stream() -> Iterator[None]:
    """The gradient at a reader of a block's input is that of the whole stream there, which later modules read, too."""
    own = patching.hooked

    def hooked(model: Any, after: Any, before: Any = None) -> Any:
        whole = {name.removesuffix(".ln_1"): hook for name, hook in (before or {}).items()}
        return own(model, after, whole)

    with mock.patch.object(patching, "hooked", hooked):
        yield


FAULTS = (
    Fault(
        "difference the other way round",
        "ends_of_path",
        EAP_IG,
        replacing("dot", other_way_round),
        witness=ONE_TOKEN,
    ),
    Fault("rest at the baseline", "patching_effect", EAP_IG, rest_at_the_baseline, witness=ONE_TOKEN),
    Fault("nodes move together", "node_alone", CIRCUITKIT, nodes_together, witness=ONE_TOKEN),
    Fault("gradient of the whole stream", "edges_add_up", EAP_IG, gradient_of_the_stream, witness=ONE_TOKEN),
)
