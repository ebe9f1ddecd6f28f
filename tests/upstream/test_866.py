"""captum#866: whether memory leaks from one LIG to the next.

It waits for the garbage collector: LIG makes a reference cycle with itself. The LIG of each request, and a model that
was loaded for it, stay until the cyclic collector runs, which counts objects and not megabytes. That is captum's
fault. Call gc.collect() behind each request, or keep one LIG for all: its calls leave nothing behind.
"""

from __future__ import annotations

import gc
import weakref
from typing import Any

from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.laws.purity.provocations import without_collector
from reference.violation import Severity
from tests.upstream.answering import NotAsAnswered, ids_of, known_defect, model_of


def request() -> tuple[weakref.ref[Any], weakref.ref[Any]]:
    """A model and a LIG of its own for one call, of which nothing is kept but weak references."""
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.bert.embeddings)
    lig.attribute(*ids_of(), target=0, n_steps=2)
    return weakref.ref(model), weakref.ref(lig)


def test_model_and_lig_outlive_the_request_until_the_collector_runs() -> None:
    with without_collector():
        left = request()
        with known_defect("layer-reference-cycle"):
            if any(reference() is not None for reference in left):
                raise NotAsAnswered("the model of a finished request is alive", Severity.CRASH)
        gc.collect()
        assert all(reference() is None for reference in left)


def test_one_lig_for_all_requests_leaves_no_tensors_behind() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.bert.embeddings)
    alive = []
    gc.freeze()
    with without_collector():
        for _ in range(4):
            lig.attribute(*ids_of(), target=0, n_steps=2)
            alive.append(sum(issubclass(type(it), Tensor) for it in gc.get_objects()))
    assert alive[3] == alive[1]
