"""Tiny random BERTs: a specification in plain values, the model it stands for, and the setting built from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from reference.models.replica import replica
from reference.models.variants import CHECKPOINTED, INNER, VARIANTS
from reference.models.versions import LAYER_END, check_attention
from reference.models.weights import give_weights, vectors, without_own_weights
from reference.plain_repr import PlainRepr
from reference.problem import Entry, Ids, Parts, Place, Setting, Tokens, Vectors

if TYPE_CHECKING:
    import transformers

MAX_LENGTH = 12

ARGUMENTS = ("attention_mask", "token_type_ids", "position_ids")


def first_position(index: Any, length: int) -> Sequence[int]:
    """The head reads the hidden state of the first position, CLS's."""
    return (0,)


def own_position(index: Any, length: int) -> Sequence[int]:
    """The head reads the position that the target names: it has an output for each token."""
    return ((index if isinstance(index, int) else index[0]) % length,)


def first_of_choice(index: int, length: int) -> Sequence[int]:
    """The head reads the first position of each choice for that choice's output."""
    return (index * (length // choices(length)),)


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
    reads: Callable[[Any, int], Sequence[int]] = first_position


HEADS: dict[str, Head] = {
    "sequence": Head("BertForSequenceClassification", ends=("bert.pooler", "bert.pooler.dense", "classifier:input")),
    "token": Head(
        "BertForTokenClassification",
        shape=lambda spec, length: (length, spec.labels),
        ends=("classifier:input",),
        reads=own_position,
    ),
    "answer_start": Head(
        "BertForQuestionAnswering", "start_logits", lambda spec, length: (length,), reads=own_position
    ),
    "answer_end": Head("BertForQuestionAnswering", "end_logits", lambda spec, length: (length,), reads=own_position),
    "masked": Head(
        "BertForMaskedLM",
        shape=lambda spec, length: (length, spec.vocab),
        ends=("cls.predictions.transform",),
        reads=own_position,
    ),
    "next": Head("BertForNextSentencePrediction", shape=lambda spec, length: (2,), ends=("bert.pooler",)),
    "pooled": Head("BertModel", "pooler_output", lambda spec, length: (spec.hidden,), prefix=""),
    "hidden": Head(
        "BertModel", "last_hidden_state", lambda spec, length: (length, spec.hidden), prefix="", reads=own_position
    ),
    "choice": Head(
        "BertForMultipleChoice",
        shape=lambda spec, length: (choices(length),),
        reads=first_of_choice,
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
        embedded = Entry(by_embeddings, inputs, baselines, additional, names=ARGUMENTS)
        joint = (
            additional[0],
            tensor(data.baseline_types or data.types),
            tensor(data.baseline_positions or data.positions),
        )
        ids_entry = None if baseline_ids is None else Entry(by_ids, ids, baseline_ids, additional, joint, ARGUMENTS)
        at_table = (Place(head.prefix + "embeddings.word_embeddings"),) if ids_entry else ()
        return Setting(
            model=model,
            embeddings=embedded,
            ids=ids_entry,
            places=at_table + self.places(),
            prefix=head.prefix,
            output_dims=1 + len(head.shape(self, data.length)),
            rows=choices(data.length) if self.head == "choice" else 1,
            parts=parts(head.prefix, self.layers),
            reads=head.reads,
            embed=lambda words: base.get_submodule("embeddings")(
                inputs_embeds=words, token_type_ids=additional[1], position_ids=additional[2]
            ),
            reverse=partial(reverse_units, base, self.heads),
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


def parts(prefix: str, layers: int) -> Parts:
    """Where a BERT has the parts that laws name."""
    norm = prefix + "embeddings.LayerNorm"
    tables = [Place(f"{prefix}embeddings.{name}_embeddings") for name in ("word", "position", "token_type")]
    return Parts(
        word_table=tables[0],
        tables=tuple(tables),
        norm_input=Place(norm, at_input=True),
        norm=Place(norm),
        embeddings=Place(prefix + "embeddings"),
        layers=tuple(Place(f"{prefix}encoder.layer.{i}{LAYER_END}") for i in range(layers)),
        inner=Place(prefix + INNER),
        checkpointed=Place(prefix + CHECKPOINTED),
    )


def reverse_units(base: Any, heads: int) -> None:
    """Each layer's attention heads in reverse order, and its intermediate units, with the weights on both sides."""
    for layer in base.encoder.layer:
        attention, projections = layer.attention.output.dense, layer.attention.self
        by_head = torch.arange(attention.in_features).reshape(heads, -1).flip(0).flatten()
        for projection in (projections.query, projections.key, projections.value):
            _permute(by_head, projection.weight, projection.bias)
        _permute(by_head, attention.weight.T)
        dense, output = layer.intermediate.dense, layer.output.dense
        _permute(torch.arange(output.in_features).flip(0), dense.weight, dense.bias, output.weight.T)


def _permute(order: Tensor, *parameters: Tensor) -> None:
    """The rows of each parameter in that order, in place."""
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(parameter[order])


@lru_cache(maxsize=4)
def _prototype(spec: TinyBert) -> nn.Module:
    """In float64, for the builds of a problem and of its variants: nobody else gets it."""
    import transformers

    with torch.random.fork_rng(devices=[]), without_own_weights(torch.float64):
        model: nn.Module = getattr(transformers, HEADS[spec.head].model_class)(spec.config())
    give_weights(model, spec.weight_seed, spec.weight_scale)
    return model.eval()
