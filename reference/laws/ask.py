"""Asking a subject about a problem: the one place where a problem's call becomes arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reference.oracle.quadrature import Rule
from reference.problem import Place, Problem, Setting
from reference.subject import Subject, rule_of
from reference.violation import Violation, asking


def setting_for(problem: Problem, subject: Subject) -> Setting:
    """The problem built where the subject works."""
    return problem.build(device=subject.device)


def known_rule(problem: Problem, subject: Subject) -> Rule:
    """The rule that the subject is known to follow for this call."""
    return rule_of(subject, problem.call.method, problem.call.n_steps)


def options(problem: Problem, setting: Setting) -> dict[str, Any]:
    """The keyword arguments that say how: target, method, n_steps, and the chunk where one is asked for."""
    call = problem.call
    target: Any = call.target
    if isinstance(target, tuple) and (setting.output_dims == 2 or isinstance(target[0], tuple)):
        target = list(target)
    chunk = {} if call.internal_batch_size is None else {"internal_batch_size": call.internal_batch_size}
    return {"target": target, "method": call.method, "n_steps": call.n_steps, **chunk}


def ask_ig(kind: type[Violation], problem: Problem, subject: Any, setting: Setting, **more: Any) -> Any:
    """IG on the word embeddings; a crash is a `kind`."""
    entry = setting.embeddings
    return asking(
        kind,
        "IG on inputs_embeds",
        lambda: subject.ig(
            entry.forward,
            entry.inputs,
            entry.baselines,
            additional_forward_args=entry.additional,
            **{**options(problem, setting), **more},
        ),
    )


def ask_lig(kind: type[Violation], problem: Problem, subject: Any, setting: Setting, place: Place, **more: Any) -> Any:
    """LIG at `place`; a crash is a `kind`."""
    return asking(kind, f"LIG at {place}", ask(problem, subject, setting, place, **more))


def ask(problem: Problem, subject: Any, setting: Setting, place: Place, **more: Any) -> Callable[[], Any]:
    """LIG at `place`, to be asked by whoever knows what an error means."""
    entry = setting.layered
    at_input = {"attribute_to_layer_input": True} if place.at_input else {}
    return lambda: subject.lig(
        entry.forward,
        place.module(setting.model),
        entry.inputs,
        entry.baselines,
        additional_forward_args=entry.additional,
        **{**options(problem, setting), **at_input, **more},
    )


def token_scores(attribution: Tensor) -> Tensor:
    """The attribution summed over the embedding dimension: (batch, length)."""
    return attribution.sum(-1)


def on_cpu(value: Tensor) -> Tensor:
    """The value in float64, where the oracle computes."""
    return value.detach().cpu().to(torch.float64)
