"""Group *conventions*, compiled modules: `torch.compile` changes how a model runs, never what its attribution is.

A compiled module is wrapped, and its forward is traced once: hooks that a subject sets later may not be in it.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch

from reference.constraint import COMPILING
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.models.versions import CANNOT_COMPILE
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

WHAT = ("the layer", "the forward")


class WrongForCompiled(Violation):
    """LIG of a compiled model, or at a compiled module, is neither right nor an error that names compiling."""


@law(
    group="conventions",
    violation=WrongForCompiled,
    needs={"lig"},
    domain="compiled",
    source="https://github.com/pytorch/pytorch/issues/117758",
    cases=WHAT,
    costly=True,
)
def compiled_modules(problem: Problem, subject: Subject) -> None:
    """LIG at a compiled module, and with a compiled forward = LIG without compiling, or an error that names it."""
    for case in problem.call.chosen(dict.fromkeys(WHAT)):
        asking = Asking.of(WrongForCompiled, problem, subject)
        model, name = asking.built.model, str(asking.layer)
        what = f"{asking.what}, {case} compiled"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dynamo warns of every hook that it cannot trace
            changes: dict[str, Any] = {}
            if case == "the layer":
                setattr(model, name, compiled(getattr(model, name)))
            else:
                changes["forward"] = compiled(asking.entry.forward)
            got = asking.or_error(COMPILING, what, **changes)
        if got is not None:
            asking.assert_attribution(asking.tensor(got, what), what)


def compiled(what: Any) -> Any:
    """The module or function under torch.compile, traced but not translated: no C++ compiler is needed.

    Raises   NotApplicable if this torch, or this Python, cannot compile
    """
    if CANNOT_COMPILE:
        raise NotApplicable(CANNOT_COMPILE)
    try:
        torch._dynamo.reset()  # after eight other models at the same line, dynamo gives up
        return torch.compile(what, backend="aot_eager")
    except (ImportError, RuntimeError) as error:
        raise NotApplicable(f"torch cannot compile here: {error}") from None
