"""Faults in the scores of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem
from tests.power.faults.fault import CAPTUM, Fault, Plant
from tests.subjects.textbook import Textbook, scores

INSEQ = "https://github.com/inseq-team/inseq"
INTERPRET = "https://github.com/cdpierse/transformers-interpret"

ONE_TEXT = Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32"))
"""The shortest text."""

PAIR = replace(ONE_TEXT, data=Texts(texts=("a",), seconds=("a",), answer="a"))
THREE_TEXTS = replace(ONE_TEXT, data=Texts(texts=("a", "a a", "a a a"), answer="a"))
WITH_DROPOUT = replace(ONE_TEXT, model=TinyText(dropout=0.5))


def replacing(name: str, fault: Callable[..., Any]) -> Plant:
    """Plants a fault: the function `name` of textbook's scores is `fault(own, …)`."""
    own = getattr(scores, name)

    @contextmanager
    def planted() -> Iterator[None]:
        with mock.patch.object(scores, name, lambda *arguments: fault(own, *arguments)):
            yield

    return planted


def without(argument: str) -> Callable[..., dict[str, Tensor]]:
    """The model does not get the argument."""

    def encode(own: Any, tokenizer: Any, texts: Any) -> dict[str, Tensor]:
        found: dict[str, Tensor] = own(tokenizer, texts)
        found.pop(argument, None)
        return found

    return encode


def every_token_seen(
    own: Any, forward: Any, table: Any, ids: Tensor, baseline: Tensor, target: Any, mask: Any
) -> Tensor:
    """The mask, the last argument of a classifier, is of ones: padding is read."""
    seen = None if mask is None else (*mask[:-1], torch.ones_like(mask[-1]))
    found: Tensor = own(forward, table, ids, baseline, target, seen)
    return found


def special_tokens_blanked(own: Any, ids: Tensor, tokenizer: Any) -> Tensor:
    """The baseline is PAD everywhere, CLS and SEP included."""
    return torch.full_like(ids, tokenizer.pad_token_id)


def baseline_of_zeros(own: Any, forward: Any, table: nn.Module, ids: Tensor, baseline: Tensor, *rest: Any) -> Tensor:
    """The baseline is the zero vector, whatever token is declared."""
    zeros = mock.Mock(side_effect=lambda given: table(given) * (0 if given is baseline else 1))
    return own(forward, zeros, ids, baseline, *rest)


def noisy(own: Any, *arguments: Any) -> Tensor:
    """Noise of one ten-thousandth is added, as by a sampled baseline."""
    found: Tensor = own(*arguments)
    return found + 1e-4 * torch.rand_like(found)


def mode_of_the_caller(own: Any, model: nn.Module) -> AbstractContextManager[None]:
    """The model stays in the mode in which the caller left it."""
    return nullcontext()


@contextmanager
def table_frozen() -> Iterator[None]:
    """The word table needs no gradient after the call."""

    def frozen(model: Any, tokenizer: Any, texts: Any, *, target: Any) -> list[Tensor]:
        model.get_input_embeddings().requires_grad_(False)
        return scores.scores(model, tokenizer, texts, target=target)

    with mock.patch.object(Textbook, "scores", staticmethod(frozen)):
        yield


SAMPLING = replace(scores.DECLARES, quantity="expected gradients", method=None)


@contextmanager
def points_in_place_of_differences() -> Iterator[None]:
    """A sampler multiplies each gradient by the point where it was taken, not by x − x'."""

    def sampled(own: Any, forward: Any, table: nn.Module, ids: Tensor, baseline: Tensor, *rest: Any) -> Tensor:
        target, arguments = rest
        with torch.no_grad():
            x, start = table(ids), table(baseline)
        total = torch.zeros_like(x)
        for alpha in torch.rand(8):
            point = (start + alpha * (x - start)).requires_grad_()
            output = forward(point, *(arguments or ()))
            value = output.sum() if target is None else output[:, target].sum()
            total += torch.autograd.grad(value, point)[0] * point.detach() / 8
        return total.sum(-1)

    with replacing("attribute", sampled)(), mock.patch.object(Textbook, "declares", SAMPLING):
        yield


FAULTS = (
    Fault(
        "special tokens blanked",
        "score_values",
        f"{INTERPRET}/issues/14",
        replacing("blank", special_tokens_blanked),
        witness=ONE_TEXT,
    ),
    Fault(
        "padding is read",
        "scores_in_company",
        f"{INSEQ}/issues/110",
        replacing("attribute", every_token_seen),
        witness=THREE_TEXTS,
    ),
    Fault(
        "token types left out",
        "pairs",
        f"{INTERPRET}/blob/master/transformers_interpret/explainer.py",
        replacing("encode", without("token_type_ids")),
        witness=PAIR,
    ),
    Fault(
        "baseline of zeros",
        "baseline_matters",
        f"{CAPTUM}/issues/1269",
        replacing("attribute", baseline_of_zeros),
        witness=ONE_TEXT,
    ),
    Fault("noisy scores", "same_text_twice", f"{CAPTUM}/issues/981", replacing("attribute", noisy), witness=ONE_TEXT),
    Fault(
        "mode of the caller",
        "scores_in_train_mode",
        f"{INTERPRET}/issues/78",
        replacing("evaluating", mode_of_the_caller),
        witness=WITH_DROPOUT,
    ),
    Fault(
        "points in place of differences",
        "scores_on_average",
        "https://github.com/shap/shap/blob/v0.51.0/shap/explainers/_gradient.py",
        points_in_place_of_differences,
        witness=ONE_TEXT,
    ),
    Fault(
        "word table frozen",
        "scores_leave_the_model_alone",
        f"{CAPTUM}/issues/866",
        table_frozen,
        witness=ONE_TEXT,
    ),
)
