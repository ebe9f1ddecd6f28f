"""Tiny random BERTs: a specification in plain values, its weights, and the setting built from it.

Weights are drawn by `numpy.random.RandomState`, whose stream is frozen, one stream per parameter name, so neither
torch's generator nor the order of parameters in a release of transformers changes them. They are rounded to float32:
the float32 and the float64 model are then the same function. Biases, LayerNorm gains and the PAD row are drawn too:
transformers' own initialisation leaves them at 0, 1, 0, where Integrated Gradients is degenerate.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor, nn

from reference.plain_repr import PlainRepr
from reference.problem import Entry, Ids, Place, Setting, Tokens, Vectors
from reference.variants import VARIANTS

MAX_LENGTH = 12


@dataclass(frozen=True)
class Head:
    """A BERT with a head: its class in transformers, the output that F is selected from and its shape per example.

    `prefix` leads to the bare BERT, `ends` names the head's own places (`:input` for a module's input).
    """

    model_class: str
    output: str = "logits"
    shape: Callable[[TinyBert, int], tuple[int, ...]] = lambda spec, length: (spec.labels,)
    prefix: str = "bert."
    ends: tuple[str, ...] = ()


HEADS: dict[str, Head] = {
    "sequence": Head("BertForSequenceClassification", ends=("bert.pooler", "bert.pooler.dense", "classifier:input")),
    "token": Head(
        "BertForTokenClassification", shape=lambda spec, length: (length, spec.labels), ends=("classifier:input",)
    ),
    "answer_start": Head("BertForQuestionAnswering", "start_logits", lambda spec, length: (length,)),
    "answer_end": Head("BertForQuestionAnswering", "end_logits", lambda spec, length: (length,)),
    "masked": Head(
        "BertForMaskedLM", shape=lambda spec, length: (length, spec.vocab), ends=("cls.predictions.transform",)
    ),
    "next": Head("BertForNextSentencePrediction", shape=lambda spec, length: (2,), ends=("bert.pooler",)),
    "pooled": Head("BertModel", "pooler_output", lambda spec, length: (spec.hidden,), prefix=""),
    "hidden": Head("BertModel", "last_hidden_state", lambda spec, length: (length, spec.hidden), prefix=""),
}


SUBMODULES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm:input",
    "attention.output",
    "intermediate",
    "intermediate.dense:input",
    "output.dense",
    "output.LayerNorm:input",
    "output.LayerNorm",
)
"""In an encoder layer."""


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyBert(PlainRepr):
    """A random BERT. `weight_scale` is the standard deviation of embeddings and biases; matrices are divided by
    √(columns), gains are 1 + half of it.
    """

    vocab: int = 4
    hidden: int = 3
    heads: int = 1
    layers: int = 1
    intermediate: int = 1
    activation: str = "gelu"
    types: int = 1
    labels: int = 2
    eps: float = 1e-12
    hidden_dropout: float = 0.0
    attention_dropout: float = 0.0
    attention: str = "eager"
    head: str = "sequence"
    weight_seed: int = 0
    weight_scale: float = 1.0
    variant: str = "plain"

    def model(self, dtype: torch.dtype) -> nn.Module:
        """A model of its own, in eval mode on CPU. Global random state is left as it was."""
        model = copy.deepcopy(prototype(self))
        VARIANTS[self.variant](model)
        return model.to(dtype)

    def build(self, data: Tokens, dtype: torch.dtype, device: str = "cpu") -> Setting:
        """Both entries (ids, embeddings) and the places where layer attributions are taken."""
        head = HEADS[self.head]
        model = self.model(dtype).to(device)
        base = model.get_submodule(head.prefix.rstrip(".")) if head.prefix else model

        def by_ids(ids: Tensor, mask: Tensor | None, types: Tensor | None, positions: Tensor | None) -> Tensor:
            result = model(input_ids=ids, attention_mask=mask, token_type_ids=types, position_ids=positions)
            output: Tensor = getattr(result, head.output)
            return output

        def by_embeddings(
            embeddings: Tensor, mask: Tensor | None, types: Tensor | None, positions: Tensor | None
        ) -> Tensor:
            result = model(inputs_embeds=embeddings, attention_mask=mask, token_type_ids=types, position_ids=positions)
            output: Tensor = getattr(result, head.output)
            return output

        def tensor(rows: Ids | None) -> Tensor | None:
            return None if rows is None else torch.tensor(rows, dtype=torch.long, device=device)

        ids = torch.tensor(data.ids, dtype=torch.long, device=device)
        additional = (tensor(data.mask), tensor(data.types), tensor(data.positions))
        table = base.get_submodule("embeddings.word_embeddings")
        with torch.no_grad():
            inputs = table(ids)
            if isinstance(data.baseline, Vectors):
                baseline_ids = None
                baselines = vectors(data.baseline, tuple(inputs.shape)).to(inputs)
            else:
                baseline_ids = torch.tensor(data.baseline, dtype=torch.long, device=device)
                baselines = table(baseline_ids)
        embedded = Entry(by_embeddings, inputs, baselines, additional)
        joint = (
            additional[0],
            tensor(data.baseline_types or data.types),
            tensor(data.baseline_positions or data.positions),
        )
        ids_entry = None if baseline_ids is None else Entry(by_ids, ids, baseline_ids, additional, joint)
        at_table = (Place(head.prefix + "embeddings.word_embeddings"),) if ids_entry else ()
        return Setting(
            model=model,
            embeddings=embedded,
            ids=ids_entry,
            places=at_table + self.places(),
            prefix=head.prefix,
            output_dims=1 + len(head.shape(self, data.length)),
        )

    def places(self) -> tuple[Place, ...]:
        """The places every entry passes: from the embeddings' LayerNorm to the last encoder layer."""
        prefix = HEADS[self.head].prefix
        return (
            Place(prefix + "embeddings.LayerNorm", at_input=True),
            Place(prefix + "embeddings.LayerNorm"),
            Place(prefix + "embeddings"),
            *(Place(f"{prefix}encoder.layer.{i}") for i in range(self.layers)),
        )

    def inner_places(self) -> tuple[str, ...]:
        """The sub-modules of each encoder layer that give (and, for `:input`, get) one tensor, and the head's own."""
        prefix = HEADS[self.head].prefix
        return (
            *(f"{prefix}encoder.layer.{i}.{name}" for i in range(self.layers) for name in SUBMODULES),
            *HEADS[self.head].ends,
        )


@lru_cache(maxsize=2)
def prototype(spec: TinyBert) -> nn.Module:
    """The plain float64 model, drawn once for the three builds of a problem; whoever wants one takes a copy."""
    config = transformers.BertConfig(
        vocab_size=spec.vocab,
        hidden_size=spec.hidden,
        num_attention_heads=spec.heads,
        num_hidden_layers=spec.layers,
        intermediate_size=spec.intermediate,
        hidden_act=spec.activation,
        max_position_embeddings=MAX_LENGTH,
        type_vocab_size=spec.types,
        num_labels=spec.labels,
        layer_norm_eps=spec.eps,
        hidden_dropout_prob=spec.hidden_dropout,
        attention_probs_dropout_prob=spec.attention_dropout,
    )
    config._attn_implementation = spec.attention
    with torch.random.fork_rng(devices=[]):
        model: nn.Module = getattr(transformers, HEADS[spec.head].model_class)(config)
    model.to(torch.float64).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(
                torch.from_numpy(weights(name, tuple(parameter.shape), spec.weight_seed, spec.weight_scale))
            )
    return model


def weights(name: str, shape: tuple[int, ...], seed: int, scale: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The float32-representable values of the parameter `name`, as float64."""
    stream = np.random.RandomState([seed, zlib.crc32(name.encode())])
    values = stream.standard_normal(shape) * scale
    if name.endswith("LayerNorm.weight"):
        values = 1 + values / 2
    elif len(shape) == 2 and "embeddings" not in name:
        values = values / np.sqrt(shape[1])
    return values.astype(np.float32).astype(np.float64)


def vectors(spec: Vectors, shape: tuple[int, ...]) -> Tensor:
    """The baseline of `spec`: float32-representable normal values, float64."""
    values = np.random.RandomState(spec.seed).standard_normal(shape) * spec.scale
    return torch.from_numpy(values.astype(np.float32).astype(np.float64))
