"""Tiny random BERTs: a specification in plain values, the model it stands for, and the setting built from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from reference.models.replica import replica
from reference.models.variants import VARIANTS
from reference.models.versions import LAYER_END, check_attention
from reference.models.weights import give_weights, vectors, without_own_weights
from reference.plain_repr import PlainRepr
from reference.problem import Entry, Ids, Place, Setting, Tokens, Vectors

if TYPE_CHECKING:
    import transformers

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
    "choice": Head(
        "BertForMultipleChoice",
        shape=lambda spec, length: (choices(length),),
        ends=("bert.pooler", "bert.pooler.dense", "classifier:input"),
    ),
}


def choices(length: int) -> int:
    """How many choices a row of the "choice" head holds, side by side: its halves, or one where its length is odd."""
    return 2 - length % 2


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

    def model(self, dtype: torch.dtype, device: str = "cpu") -> nn.Module:
        """A model of its own, in eval mode. Global random state is left as it was."""
        model = replica(_prototype(replace(self, variant="plain")), dtype)
        if device != "cpu":
            model.to(device)
        VARIANTS[self.variant](model)
        return model

    def config(self) -> transformers.BertConfig:
        """What transformers is told.

        Raises   NotApplicable where the installed one has no such attention for BERT
        """
        import transformers

        check_attention(self.attention)
        config = transformers.BertConfig(
            vocab_size=self.vocab,
            hidden_size=self.hidden,
            num_attention_heads=self.heads,
            num_hidden_layers=self.layers,
            intermediate_size=self.intermediate,
            hidden_act=self.activation,
            max_position_embeddings=MAX_LENGTH,
            type_vocab_size=self.types,
            num_labels=self.labels,
            layer_norm_eps=self.eps,
            hidden_dropout_prob=self.hidden_dropout,
            attention_probs_dropout_prob=self.attention_dropout,
        )
        config._attn_implementation = self.attention
        return config

    def build(self, data: Tokens, dtype: torch.dtype, device: str = "cpu") -> Setting:
        """Both entries (ids, embeddings) and the places where layer attributions are taken."""
        head = HEADS[self.head]
        model = self.model(dtype, device)
        base = model.get_submodule(head.prefix.rstrip(".")) if head.prefix else model

        def by_ids(ids: Tensor, *additional: Tensor | None) -> Tensor:
            return self.output(model, *additional, input_ids=ids)

        def by_embeddings(embeddings: Tensor, *additional: Tensor | None) -> Tensor:
            return self.output(model, *additional, inputs_embeds=embeddings)

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
            rows=choices(data.length) if self.head == "choice" else 1,
        )

    def output(
        self,
        model: nn.Module,
        mask: Tensor | None = None,
        types: Tensor | None = None,
        positions: Tensor | None = None,
        **inputs: Tensor,
    ) -> Tensor:
        """What F is selected from, for `input_ids` or `inputs_embeds`: (batch, …) as the head's shape says."""
        given = {"attention_mask": mask, "token_type_ids": types, "position_ids": positions, **inputs}
        if self.head == "choice":
            given = {
                name: rows if rows is None else rows.unflatten(1, (choices(rows.shape[1]), -1))
                for name, rows in given.items()
            }
        output: Tensor = getattr(model(**given), HEADS[self.head].output)
        return output

    def places(self) -> tuple[Place, ...]:
        """The places every entry passes: from the embeddings' LayerNorm to the last encoder layer."""
        prefix = HEADS[self.head].prefix
        return (
            Place(prefix + "embeddings.LayerNorm", at_input=True),
            Place(prefix + "embeddings.LayerNorm"),
            Place(prefix + "embeddings"),
            *(Place(f"{prefix}encoder.layer.{i}{LAYER_END}") for i in range(self.layers)),
        )

    def inner_places(self) -> tuple[str, ...]:
        """The sub-modules of each encoder layer that give (and, for `:input`, get) one tensor, and the head's own."""
        prefix = HEADS[self.head].prefix
        return (
            *(f"{prefix}encoder.layer.{i}.{name}" for i in range(self.layers) for name in SUBMODULES),
            *HEADS[self.head].ends,
        )


@lru_cache(maxsize=4)
def _prototype(spec: TinyBert) -> nn.Module:
    """In float64, for the builds of a problem and of its variants: nobody else gets it."""
    import transformers

    with torch.random.fork_rng(devices=[]), without_own_weights(torch.float64):
        model: nn.Module = getattr(transformers, HEADS[spec.head].model_class)(spec.config())
    give_weights(model, spec.weight_seed, spec.weight_scale)
    return model.eval()
