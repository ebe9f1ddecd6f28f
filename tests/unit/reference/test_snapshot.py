"""A snapshot sees every change of a model or of the process that a call could leave behind."""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from reference.laws.purity.provocations import collector_on_what_is_new, put_to_use
from reference.laws.purity.snapshot import Snapshot

SWITCHES: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "NumPy's error state": (lambda: np.seterr(over="raise"), lambda: np.seterr(over="warn")),
    "NumPy's print options": (lambda: np.set_printoptions(precision=3), lambda: np.set_printoptions(precision=8)),
    "default dtype": (
        lambda: torch.set_default_dtype(torch.float64),
        lambda: torch.set_default_dtype(torch.float32),
    ),
    "environment variables": (
        lambda: os.environ.update(LEFT_BEHIND="1"),
        lambda: os.environ.pop("LEFT_BEHIND"),
    ),
    "garbage collector": (gc.disable, gc.enable),
    "log levels": (
        lambda: logging.getLogger("torch").setLevel(7),
        lambda: logging.getLogger("torch").setLevel(logging.NOTSET),
    ),
    "logging disabled": (lambda: logging.disable(7), lambda: logging.disable(logging.NOTSET)),
    "print options": (lambda: torch.set_printoptions(precision=2), lambda: torch.set_printoptions(profile="default")),
    "recursion limit": (
        lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 1),
        lambda: sys.setrecursionlimit(sys.getrecursionlimit() - 1),
    ),
    "torch's get_deterministic_algorithms": (
        lambda: torch.use_deterministic_algorithms(True),
        lambda: torch.use_deterministic_algorithms(False),
    ),
    "torch's get_float32_matmul_precision": (
        lambda: torch.set_float32_matmul_precision("medium"),
        lambda: torch.set_float32_matmul_precision("highest"),
    ),
    "torch's get_warnAlways": (lambda: torch.set_warn_always(True), lambda: torch.set_warn_always(False)),
    "torch's is_anomaly_enabled": (
        lambda: torch.autograd.set_detect_anomaly(True),
        lambda: torch.autograd.set_detect_anomaly(False),
    ),
    "torch's is_grad_enabled": (lambda: torch.set_grad_enabled(False), lambda: torch.set_grad_enabled(True)),
    "warnings filters": (
        lambda: vars(warnings)["filters"].insert(0, ("ignore", None, Warning, None, 7)),
        lambda: vars(warnings)["filters"].pop(0),
    ),
}
"""For each part of the shared state: how to change it, and how to change it back."""


class Nested(nn.Module):
    """A module of modules, so that a flag can be lost above the leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        self.lost = nn.BatchNorm1d(2)

    def forward(self, x: torch.Tensor) -> Any:
        return self.inner(x)


@pytest.mark.parametrize("name", SWITCHES)
def test_a_changed_switch_is_seen_by_name(name: str) -> None:
    change, undo = SWITCHES[name]
    before = Snapshot.of(nn.Identity())
    assert before.changes() == []
    change()
    try:
        changes = before.changes()
    finally:
        undo()
    assert name in changes


def in_use() -> Any:
    with torch.random.fork_rng():
        model = Nested().eval()
    put_to_use(model)
    return model


MODEL_CHANGES: dict[str, Callable[[Any], Any]] = {
    "eval mode of the whole model": lambda model: model.eval(),
    "eval mode of a module of modules": lambda model: model.inner.train(not model.inner.training),
    "a forward hook cleared": lambda model: model.inner[0]._forward_hooks.clear(),
    "a forward hook of a container cleared": lambda model: model.inner._forward_hooks.clear(),
    "a forward pre-hook cleared": lambda model: model._forward_pre_hooks.clear(),
    "a backward hook cleared": lambda model: model.inner[0]._backward_hooks.clear(),
    "a backward hook added": lambda model: model.inner.register_full_backward_hook(lambda module, before, after: None),
    "a hook for state_dict added": lambda model: model._register_state_dict_hook(lambda *arguments: None),
    "a parameter's hook cleared": lambda model: model.inner[0].weight._backward_hooks.clear(),
    "a parameter frozen": lambda model: model.inner[0].weight.requires_grad_(False),
    "a gradient reset": lambda model: model.inner[0].weight.grad.zero_(),
}


@pytest.mark.parametrize("change", MODEL_CHANGES.values(), ids=MODEL_CHANGES)
def test_a_changed_model_is_seen(change: Callable[[Any], Any]) -> None:
    model = in_use()
    before = Snapshot.of(model)
    assert before.changes() == []
    change(model)
    assert before.changes()


def test_only_modules_that_compute_the_same_in_both_modes_are_put_into_train_mode() -> None:
    model = in_use()
    assert model.training
    assert not model.inner[1].training
    assert not model.lost.training


@pytest.mark.parametrize("frozen_before", [False, True])
def test_the_collector_is_left_as_it_was(frozen_before: bool) -> None:
    count = gc.get_freeze_count()
    gc.unfreeze()
    try:
        if frozen_before:
            gc.freeze()
        with collector_on_what_is_new():
            pass
        assert bool(gc.get_freeze_count()) == frozen_before
    finally:
        gc.unfreeze()
        if count:
            gc.freeze()


def test_a_filter_of_a_library_that_the_call_imports_is_not_its_change(monkeypatch: pytest.MonkeyPatch) -> None:
    class LibraryWarning(Warning):
        """The warning of a library that is imported late."""

    LibraryWarning.__module__ = "imported_late"
    before = Snapshot.of(nn.Identity())
    with warnings.catch_warnings():
        warnings.simplefilter("once", LibraryWarning)
        assert before.changes() == []
        monkeypatch.setitem(sys.modules, "imported_late", logging)
        assert Snapshot.of(nn.Identity()).changes() == []
        warnings.resetwarnings()
        assert "warnings filters" in before.changes()
