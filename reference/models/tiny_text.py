"""Tiny random models that score texts: a classifier of a family of encoders, or a language model.

A problem does not name the architecture. It says which one of those that the subject declares: a subject that takes
decoders alone, and one that takes encoders alone, are then tried on equally many problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from reference.models.bert import TinyBert
from reference.models.distilbert import TinyDistilBert
from reference.models.family import MAX_LENGTH
from reference.models.texts import PIECES, tokenizer
from reference.models.weights import give_weights, without_own_weights
from reference.short_repr import ShortRepr
from reference.violation import NotApplicable


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyText(ShortRepr):
    """A random model of one of the subject's families: the one at `which`, counted from 0 and round again.

    `types` is the number of token types, for a family that has them; `dropout` acts in train mode only.
    """

    which: int = 0
    head_size: int = 4
    heads: int = 1
    layers: int = 1
    labels: int = 2
    types: int = 2
    dropout: float = 0.0
    weight_seed: int = 0
    weight_scale: float = 1.0

    def chosen(self, declared: tuple[str, ...], in_pairs: bool = False) -> TextFamily:
        """Raises NotApplicable if none of the declared families is one of TEXT_FAMILIES (that takes pairs)."""
        known = [TEXT_FAMILIES[name] for name in declared if name in TEXT_FAMILIES]
        known = [family for family in known if not (in_pairs and family.causal)]
        if not known:
            raise NotApplicable(f"no small model for {'pairs of ' * in_pairs}texts of {', '.join(declared)}")
        return known[self.which % len(known)]


@dataclass(frozen=True, kw_only=True)
class TextFamily:
    """An architecture with a tokenizer: paths of the word table and of the embeddings module, names of arguments."""

    name: str
    make: Callable[[TinyText, torch.dtype], nn.Module]
    template: str
    arguments: tuple[str, ...]
    word_table: str
    embeddings: str | None = None

    @property
    def causal(self) -> bool:
        """Whether F is of an answer after the text."""
        return self.template != "encoder"

    def tokenizer(self) -> Any:
        """A new one."""
        return tokenizer(self.template, self.arguments, MAX_LENGTH)


def _encoder(spec_of: Any) -> Callable[[TinyText, torch.dtype], nn.Module]:
    def make(text: TinyText, dtype: torch.dtype) -> nn.Module:
        types = {"types": text.types} if "types" in spec_of.family.settings else {}
        spec = spec_of(
            vocab=len(PIECES),
            hidden=text.head_size * text.heads,
            heads=text.heads,
            layers=text.layers,
            intermediate=4,
            labels=text.labels,
            hidden_dropout=text.dropout,
            attention_dropout=text.dropout,
            weight_seed=text.weight_seed,
            weight_scale=text.weight_scale,
            **types,
        )
        made: nn.Module = spec.model(dtype)
        return made

    return make


def _decoder(config_class: str, model_class: str, named: Callable[[TinyText], Mapping[str, Any]]) -> Any:
    def make(text: TinyText, dtype: torch.dtype) -> nn.Module:
        import transformers

        config = getattr(transformers, config_class)(
            vocab_size=len(PIECES), pad_token_id=0, bos_token_id=1, eos_token_id=2, **named(text)
        )
        config._attn_implementation = "eager"
        with torch.random.fork_rng(devices=[]), without_own_weights(torch.float64):
            model: nn.Module = getattr(transformers, model_class)(config)
        give_weights(model, text.weight_seed, text.weight_scale)
        return model.to(dtype).eval()

    return make


TEXT_FAMILIES = {
    family.name: family
    for family in (
        TextFamily(
            name="bert",
            make=_encoder(TinyBert),
            template="encoder",
            arguments=("token_type_ids", "attention_mask"),
            word_table="bert.embeddings.word_embeddings",
            embeddings="bert.embeddings",
        ),
        TextFamily(
            name="distilbert",
            make=_encoder(TinyDistilBert),
            template="encoder",
            arguments=("attention_mask",),
            word_table="distilbert.embeddings.word_embeddings",
            embeddings="distilbert.embeddings",
        ),
        TextFamily(
            name="gpt2",
            make=_decoder(
                "GPT2Config",
                "GPT2LMHeadModel",
                lambda text: {
                    "n_embd": text.head_size * text.heads,
                    "n_head": text.heads,
                    "n_layer": text.layers,
                    "n_inner": 4,
                    "n_positions": MAX_LENGTH,
                    "embd_pdrop": text.dropout,
                    "attn_pdrop": text.dropout,
                    "resid_pdrop": text.dropout,
                },
            ),
            template="decoder",
            arguments=("attention_mask",),
            word_table="transformer.wte",
        ),
        TextFamily(
            name="llama",
            make=_decoder(
                "LlamaConfig",
                "LlamaForCausalLM",
                lambda text: {
                    "hidden_size": text.head_size * text.heads,
                    "num_attention_heads": text.heads,
                    "num_key_value_heads": text.heads,
                    "num_hidden_layers": text.layers,
                    "intermediate_size": 4,
                    "max_position_embeddings": MAX_LENGTH,
                    "attention_dropout": text.dropout,
                },
            ),
            template="decoder with a first token",
            arguments=("attention_mask",),
            word_table="model.embed_tokens",
        ),
    )
}
"""By name."""
