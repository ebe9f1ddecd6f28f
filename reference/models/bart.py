"""BART: an encoder and a decoder with tables of their own. Source: Lewis et al. 2020, https://arxiv.org/abs/1910.13461.

Its classifier takes no `inputs_embeds`: the laws of two tables have it (reference/laws/agreement/second_paths.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Entry, Layer, Parts
from reference.models.encoder import VERSION_5
from reference.models.family import MAX_LENGTH, Family, Units
from reference.models.seq2seq import TinySeq2Seq, decoded
from reference.models.weights import give_weights, without_own_weights
from reference.oracle.substitution import activations, substituted
from reference.problem import Tokens
from reference.short_repr import ShortRepr

PAD, EOS = 1, 2


def embed(bare: nn.Module, words: Tensor, arguments: Mapping[str, Any]) -> Tensor:
    """Words and positions, summed and normalised."""
    encoder = bare.get_submodule("encoder")
    positions = encoder.get_submodule("embed_positions")(words[:, :, -1])
    output: Tensor = encoder.get_submodule("layernorm_embedding")(words + positions)
    return output


FAMILY = Family(
    name="bart",
    config_class="BartConfig",
    settings={
        "vocab": ("vocab_size",),
        "hidden": ("d_model",),
        "heads": ("encoder_attention_heads", "decoder_attention_heads"),
        "layers": ("encoder_layers",),
        "intermediate": ("encoder_ffn_dim", "decoder_ffn_dim"),
        "activation": ("activation_function",),
        "hidden_dropout": ("dropout", "activation_dropout"),
        "attention_dropout": ("attention_dropout",),
        "scaled": ("scale_embedding",),
    },
    heads={
        "seq2seq": decoded("BartForConditionalGeneration", output="logits", size="vocab"),
        "decoder": decoded("BartModel", output="last_hidden_state", size="hidden", bare=True),
    },
    base="model",
    embeddings="encoder.layernorm_embedding",
    tables=("encoder.embed_tokens",),
    norm="encoder.layernorm_embedding",
    stage=None,
    layers="encoder.layers",
    submodules=(
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.out_proj",
        "self_attn_layer_norm:input",
        "self_attn_layer_norm",
        "fc1",
        "fc2",
        "final_layer_norm:input",
    ),
    checkpointed="self_attn_layer_norm",
    units=Units(
        projections=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
        attention_output="self_attn.out_proj",
        intermediate=("fc1",),
        output="fc2",
    ),
    arguments=("attention_mask",),
    embed=embed,
    constants={
        "max_position_embeddings": MAX_LENGTH,
        "decoder_layers": 1,
        "bos_token_id": 0,
        "pad_token_id": PAD,
        "eos_token_id": EOS,
        "forced_eos_token_id": None,
        "use_cache": False,
    },
    options={"scaled": (False, True)},
    attentions=("eager", "sdpa"),
    ordered=True,
    pad=PAD,
    cls=0,
    sep=EOS,
    second_path="none if the decoder's ids are given; else the decoder reads the same ids through its own table",
    since=VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyBart(TinySeq2Seq):
    """A random BART; `scaled` says that word embeddings are multiplied by the square root of their size."""

    family = FAMILY

    head: str = "seq2seq"
    scaled: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyBartClassifier(ShortRepr):
    """A random BART with its classifier, which reads the ids twice: the decoder gets them moved on by one place.

    Each row ends with EOS, at whose position the classifier reads, and holds no other.
    """

    model: TinyBart = TinyBart()
    labels: int = 2

    @property
    def vocab(self) -> int:
        """Tokens, EOS included."""
        return self.model.vocab

    def build(self, data: Tokens, dtype: torch.dtype, device: str = "cpu") -> BuiltProblem:
        """The ids; the embeddings are those of both tables side by side, (batch, 2 · length, hidden)."""
        import transformers

        config = self.model.config()
        config.num_labels = self.labels
        with torch.random.fork_rng(devices=[]), without_own_weights(torch.float64):
            made: nn.Module = transformers.BartForSequenceClassification(config)
        give_weights(made, self.model.weight_seed, self.model.weight_scale)
        made = made.eval().to(dtype).to(device)
        tables = tuple(Layer(f"model.{side}.embed_tokens") for side in ("encoder", "decoder"))
        modules = [table.module(made) for table in tables]

        def by_ids(ids: Tensor) -> Tensor:
            logits: Tensor = made(input_ids=ids).logits
            return logits

        ids, baseline = (torch.tensor(rows, device=device) for rows in (data.ids, data.baseline))

        def by_tables(both: Tensor) -> Tensor:
            halves = both.clone().chunk(2, dim=1)
            with ExitStack() as stack:
                for module, half in zip(modules, halves, strict=True):
                    stack.enter_context(substituted(module, lambda read, half=half: half))
                return by_ids(ids.repeat(len(both) // len(ids), 1))

        ends = activations([(module, False) for module in modules], Entry(by_ids, ids, baseline))
        x, start = (torch.cat(of_tables, dim=1) for of_tables in zip(*ends, strict=True))
        return BuiltProblem(
            made,
            Entry(by_tables, x, start),
            Entry(by_ids, ids, baseline),
            (),
            parts=Parts(word_table=tables[0], tables=tables),
        )
