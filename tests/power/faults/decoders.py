"""Faults that show on decoders, and where ids reach the output by a second path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from reference.models.bert import TinyBert
from reference.models.gpt2 import TinyGPT2
from reference.problem import Call, Problem, Tokens
from tests.power.faults.axioms import layers_one_by_one
from tests.power.faults.fault import CAPTUM, Fault, one_token
from tests.subjects.textbook import checks, integrated_gradients, scalar

ATTRIBUTE = integrated_gradients.attribute
TILED = scalar.tiled


@contextmanager
def changed_attributions(change: Any) -> Iterator[None]:
    """Each attribution is what `change` makes of it."""

    def attribute(*arguments: Any) -> Any:
        averages, attributions = ATTRIBUTE(*arguments)
        return averages, [change(one) for one in attributions]

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


def one_token_too_far() -> Any:
    """Attributions of tokens are shifted by one: each token has that of the one before it."""
    return changed_attributions(lambda attribution: attribution.roll(1, dims=1))


def without_the_last_token() -> Any:
    """The last tokens, which are output, are attributed nothing: only the prompt is."""

    def prompt_alone(attribution: Tensor) -> Tensor:
        kept = attribution.clone()
        if kept.dim() > 2:
            kept[:, -2:] = 0
        return kept

    return changed_attributions(prompt_alone)


@contextmanager
def probability_for_log() -> Iterator[None]:
    """What is called log p is p."""
    with mock.patch.object(Tensor, "log_softmax", Tensor.softmax):
        yield


@contextmanager
def cache_without_length() -> Iterator[None]:
    """A cache says that it is empty: positions start again behind the prefix."""
    from transformers import DynamicCache

    with mock.patch.object(DynamicCache, "get_seq_length", return_value=0):
        yield


@contextmanager
def mask_forgotten() -> Iterator[None]:
    """On the path, integer arguments of zeros and ones are ones."""

    def tiled(value: Any, examples: Tensor, batch: int) -> Any:
        given = TILED(value, examples, batch)
        if isinstance(given, Tensor) and not given.is_floating_point() and given.numel() and int(given.max()) == 1:
            return torch.ones_like(given)
        return given

    with mock.patch.object(scalar, "tiled", tiled):
        yield


@contextmanager
def zero_baseline() -> Iterator[None]:
    """The baseline is zero, whatever is given."""

    def baselines(given: Any, inputs: Any) -> list[Tensor]:
        return [torch.zeros_like(one) for one in inputs]

    with mock.patch.object(checks, "baselines", baselines):
        yield


@contextmanager
def embeddings_scaled() -> Iterator[None]:
    """A BERT multiplies the embeddings that it is given, and not those that it looks up."""
    from transformers.models.bert.modeling_bert import BertEmbeddings

    own = BertEmbeddings.forward

    def forward(self: Any, input_ids: Any = None, *others: Any, inputs_embeds: Any = None, **named: Any) -> Any:
        scaled = None if inputs_embeds is None else inputs_embeds * 1.5
        return own(self, input_ids, *others, inputs_embeds=scaled, **named)

    with mock.patch.object(BertEmbeddings, "forward", forward):
        yield


NO_REPORT = "no report: a slip that is easy to make"

GENERATED = Problem(
    model=TinyGPT2(hidden=5, head="causal"),
    data=Tokens(ids=((0, 0, 0),), baseline=((1, 1, 1),)),
    call=Call(target=(0, 0)),
)
"""The smallest language model with two output tokens."""

FAULTS = (
    Fault(
        "one token too far",
        "no_future",
        NO_REPORT,
        one_token_too_far,
        witness=Problem(
            model=TinyGPT2(hidden=3, head="causal"),
            data=Tokens(ids=((0, 0),), baseline=((1, 1),)),
            call=Call(target=(0, 0)),
        ),
    ),
    Fault(
        "output tokens left out",
        "generation_steps",
        f"{CAPTUM}/issues/1237",
        without_the_last_token,
        witness=GENERATED,
    ),
    Fault("probability for log", "contrast", NO_REPORT, probability_for_log, witness=GENERATED),
    Fault(
        "cache without length",
        "cache",
        NO_REPORT,
        cache_without_length,
        witness=Problem(
            model=TinyGPT2(hidden=3, head="causal"),
            data=Tokens(ids=((0,),), baseline=((1,),)),
            call=Call(target=(0, 0)),
        ),
    ),
    Fault(
        "mask forgotten",
        "left_padding",
        f"{CAPTUM}/issues/1269",
        mask_forgotten,
        witness=Problem(
            model=TinyGPT2(hidden=3),
            data=Tokens(ids=((0,),), baseline=((1,),), mask=((1,),)),
        ),
    ),
    Fault(
        "zero baseline",
        "two_baselines",
        f"{CAPTUM}/issues/1269",
        zero_baseline,
        witness=Problem(model=TinyBert(hidden=5), data=Tokens(ids=((0,),), baseline=((1,),))),
    ),
    Fault("embeddings scaled", "same_function", f"{CAPTUM}/issues/592", embeddings_scaled, witness=one_token()),
    Fault(
        "tables one by one",
        "joint_cover",
        "https://github.com/SeldonIO/alibi/issues/372",
        layers_one_by_one,
        witness=Problem(
            model=TinyBert(hidden=5),
            data=Tokens(ids=((0,),), baseline=((1,),), positions=((0,),), baseline_positions=((1,),)),
        ),
    ),
)
