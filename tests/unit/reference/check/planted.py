"""Numbers with a known mistake, made without the hypotheses that must recognise it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tests.subjects.textbook import Textbook
from tests.unit.reference.check.cases import DECODERS, N_STEPS, TARGET, Case, Halves, case, output


def _without(given: Case, name: str) -> Tensor | None:
    if name not in given.arguments:
        return None
    other = tuple(None if key == name else value for key, value in given.arguments.items())
    forward = lambda embeddings: given.forward(embeddings, *_rows(other, len(embeddings), 2))  # noqa: E731
    return given.numbers(forward=forward, additional_forward_args=None)


def _rows(arguments: tuple[Tensor | None, ...], rows: int, examples: int) -> list[Tensor | None]:
    return [None if one is None else one.repeat(rows // examples, 1) for one in arguments]


def _gradient(given: Case) -> tuple[Tensor, Tensor, Tensor]:
    x, baseline = given.ends()
    leaf = x.clone().requires_grad_()
    (found,) = torch.autograd.grad(given.forward(leaf, *given.additional)[:, TARGET].sum(), leaf)
    return found, x, baseline


def _average(given: Case) -> tuple[Tensor, Tensor, Tensor]:
    x, baseline = given.ends()
    return given.numbers(multiply_by_inputs=False), x, baseline


def _end_dropped(given: Case) -> Tensor:
    right = given.numbers(method="riemann_right")
    gradient, x, baseline = _gradient(given)
    weight = 1 / N_STEPS if given.by_textbook else float(np.float32(1 / N_STEPS))
    return right - gradient * (x - baseline) * weight


def _lig(given: Case, layer: Callable[[Any], nn.Module]) -> Tensor:
    def by_ids(ids: Tensor, *rest: Tensor) -> Tensor:
        return output(given.model(input_ids=ids, **dict(zip(given.arguments, rest, strict=True))))

    found: Tensor = given.subject.lig(
        by_ids,
        layer(given.model),
        given.ids,
        given.baseline_ids,
        target=TARGET,
        additional_forward_args=given.additional,
        n_steps=N_STEPS,
        method=given.method,
    )
    return found


def _other_space(model: Any) -> nn.Module:
    """The embeddings, or the module of a decoder that is named above."""
    inner = DECODERS.get(model.config.model_type)
    found: nn.Module = (
        model.get_submodule(inner) if inner else getattr(model, model.base_model_prefix, model).embeddings
    )
    return found


def _with_dropout(given: Case) -> Callable[..., Tensor]:
    def attribute(*ends: Any, **options: Any) -> Tensor:
        given.model.train()
        try:
            with torch.random.fork_rng():
                torch.manual_seed(int(given.random.randint(2**31)))
                return given.numbers()
        finally:
            given.model.eval()

    return attribute


def _norm(scores: Tensor, norm: str) -> Tensor:
    sizes = scores.abs()
    divisors = {"L1": sizes.sum(1, keepdim=True), "L2": scores.norm(dim=1, keepdim=True), "max": sizes.amax(1, True)}
    return scores / divisors[norm]


def _contrast(given: Case, *points: Tensor) -> Tensor:
    output = given.forward(*points)
    return output - output[:, :1]


def _other_target(given: Case) -> Tensor:
    return given.numbers(target=int(given.random.choice([0, 2])))


def _other_baseline(given: Case) -> Tensor:
    """PAD at every token, or at the tokens that change if these have MASK as their baseline."""
    inner = given.ids != given.baseline_ids
    pad = torch.zeros_like(given.ids)
    kept = torch.where(inner, pad, given.ids)
    return kept if not torch.equal(kept, given.baseline_ids) and given.random.randint(2) else pad


def _one_by_one(given: Case) -> tuple[Tensor, ...]:
    """Each half on a path of its own, while the other half is at its value or at its baseline."""
    ends = given.ends()
    kept = ends[int(given.random.randint(2))]

    def alone(place: int) -> Tensor:
        def forward(half: Tensor, *rest: Tensor) -> Tensor:
            other = kept[1 - place].repeat(len(half) // len(given.ids), 1, 1)
            return given.forward(*((half, other) if place == 0 else (other, half)), *rest)

        return given.numbers(inputs=ends[0][place], baselines=ends[1][place], forward=forward)

    return alone(0), alone(1)


PLANTED: dict[str, tuple[str, Callable[[Case], Any]]] = {
    "trapezoid weights": (
        "riemann_trapezoid",
        lambda c: c.numbers() * ((N_STEPS - 1) / N_STEPS if c.by_textbook else 1),
    ),
    "left for right": ("riemann_right", lambda c: c.numbers(method="riemann_left")),
    "another method or n_steps": ("riemann_middle", lambda c: c.numbers(n_steps=int(c.random.choice([10, 19, 50])))),
    "end point dropped": ("riemann_right", _end_dropped),
    "baseline forgotten": ("gausslegendre", lambda c: c.numbers(baselines=torch.zeros_like(c.ends()[1]))),
    "another baseline": ("gausslegendre", lambda c: c.numbers(baselines=c.embeddings(_other_baseline(c)))),
    "zeros for PAD": ("gausslegendre", lambda c: c.numbers(baselines=torch.zeros_like(c.ends()[1]))),
    "x for Δ": ("gausslegendre", lambda c: _average(c)[0] * _average(c)[1]),
    "missing Δ": ("gausslegendre", lambda c: _average(c)[0]),
    "gradient × input": ("gausslegendre", lambda c: _gradient(c)[0] * _gradient(c)[1]),
    "mean for sum": ("gausslegendre", lambda c: c.numbers().mean(-1)),
    "absolute or normalised scores": (
        "gausslegendre",
        lambda c: _norm(c.numbers().sum(-1), str(c.random.choice(["L1", "L2", "max"]))),
    ),
    "summed over the wrong dimension": ("gausslegendre", lambda c: c.numbers().sum(1)),
    "the other space": ("gausslegendre", lambda c: _lig(c, _other_space)),
    "softmax for logit": ("gausslegendre", lambda c: c.numbers(forward=lambda *g: c.forward(*g).softmax(-1))),
    "wrong target": ("gausslegendre", _other_target),
    "a difference of outputs": (
        "gausslegendre",
        lambda c: c.numbers(forward=lambda *given: _contrast(c, *given)),
    ),
    "wrong mask": ("gausslegendre", lambda c: _without(c, "attention_mask")),
    "wrong token types": ("gausslegendre", lambda c: _without(c, "token_type_ids")),
    "wrong positions": ("gausslegendre", lambda c: _without(c, "position_ids")),
    "ends swapped or sign flipped": (
        "riemann_left",
        lambda c: c.numbers(inputs=c.ends()[1], baselines=c.ends()[0]) if c.random.randint(2) else -c.numbers(),
    ),
    "constant factor": ("gausslegendre", lambda c: c.numbers() * float(c.random.choice([0.01, 0.5, 2.0, 100.0]))),
    "examples shifted": ("gausslegendre", lambda c: c.numbers().flip(0)),
    "dropout active": ("gausslegendre", _with_dropout),
    "one by one": ("gausslegendre", _one_by_one),
    "inputs exchanged": ("gausslegendre", lambda c: tuple(reversed(c.numbers()))),
}
"""By the mistake's name: the method that the user tells, and the numbers; None if the case has no such argument."""


OF_HALVES = ("one by one", "inputs exchanged")
"""Mistakes of several inputs: the call has two."""


def noise(given: Case, size: float) -> Tensor:
    """The right numbers with noise of that share of the largest, or noise alone for 1."""
    right = given.numbers()
    drawn = torch.from_numpy(given.random.standard_normal(tuple(right.shape))).to(right)
    return drawn * right.abs().max() * size + (right if size < 1 else 0 * right)


def of_mistake(name: str, family: str, seed: int, dtype: torch.dtype, subject: Any = Textbook) -> tuple[Case, Any]:
    """A case, and the numbers with that mistake."""
    method, plant = PLANTED[name]
    made = replace(case(family, seed, method, dtype), subject=subject)
    if name in OF_HALVES:
        made = Halves(**vars(made))
    return made, plant(made)
