"""EAP-IG of circuitkit as a subject: `attribute` and `attribute_node` with "EAP-IG-inputs", on TransformerLens.

The model is rebuilt for TransformerLens. A score of the tool is of x' − x, and a mean over the batch: it is called for
each example, whose logit is the metric. An attention module is all heads of its layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import circuitkit  # noqa: F401  it must be imported before transformer_lens, which it patches
import torch
from circuitkit.backends.eap.attribute import attribute
from circuitkit.backends.eap.attribute_node import attribute_node
from circuitkit.backends.eap.graph import Graph
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights
from transformers import PreTrainedTokenizerFast

from reference.declaration import PathDeclaration

STEPS = 3
INPUTS = PathDeclaration(
    source="circuitkit/backends/eap/attribute.py, get_scores_eap_ig",
    path="inputs",
    method="riemann_right",
    n_steps=STEPS,
)

Metric = Callable[[Tensor], Tensor]


class Batches(list[Any]):
    """What the tool takes for a DataLoader: texts that are templated, so that it puts no token before them."""

    templated = True
    pair_padding_side = "right"


class CircuitKit:
    """The circuitkit that is imported."""

    name = "circuitkit"
    distribution = "circuitkit"
    device = "cpu"
    how = "EAP-IG-inputs"
    paths = {"nodes": INPUTS, "edges": INPUTS}  # noqa: RUF012

    def nodes(
        self, model: Any, clean: Tensor, corrupted: Tensor, *, nodes: Sequence[str], metric: Metric
    ) -> list[Tensor]:
        def asked(graph: Any) -> list[Tensor]:
            return [total(graph.nodes[name].score for name in names_of(node, graph)) for node in nodes]

        return self.of_each_example(attribute_node, asked, model, clean, corrupted, metric)

    def edges(
        self, model: Any, clean: Tensor, corrupted: Tensor, *, edges: Sequence[tuple[str, str]], metric: Metric
    ) -> list[Tensor]:
        def asked(graph: Any) -> list[Tensor]:
            return [
                total(graph.edges[f"{one}->{other}"].score for one in names_of(writer, graph) for other in ends)
                for writer, reader in edges
                for ends in [inputs_of(reader, graph)]
            ]

        return self.of_each_example(attribute, asked, model, clean, corrupted, metric)

    def of_each_example(
        self, score: Any, asked: Any, model: Any, clean: Tensor, corrupted: Tensor, metric: Metric
    ) -> list[Tensor]:
        """(batch,) for each node or edge."""
        lens, found = hooked(model), []
        texts = [[" ".join(map(str, row)) for row in ids.tolist()] for ids in (clean, corrupted)]
        for example in range(len(clean)):
            graph = Graph.from_model(lens, node_scores=True)

            def of_one(logits: Tensor, *others: Any, example: int = example) -> Tensor:
                return metric(logits)[example]

            with requiring_gradients(lens):
                score(lens, graph, Batches([(*texts, None)]), of_one, self.how, ig_steps=STEPS, quiet=True)
            found.append([-len(clean) * one for one in asked(graph)])
        return [torch.stack(scores) for scores in zip(*found, strict=True)]


@contextmanager
def requiring_gradients(lens: Any) -> Iterator[None]:
    """As a user calls it: with autograd."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def hooked(model: Any) -> Any:
    """The model as TransformerLens has it, with a tokenizer whose texts are the ids."""
    config = model.config
    made = HookedTransformer(
        HookedTransformerConfig(
            n_layers=config.n_layer,
            d_model=config.n_embd,
            n_ctx=config.n_positions,
            d_head=config.n_embd // config.n_head,
            n_heads=config.n_head,
            d_mlp=config.n_inner,
            d_vocab=config.vocab_size,
            act_fn=config.activation_function,
            normalization_type="LN",
            eps=config.layer_norm_epsilon,
            dtype=model.dtype,
            device=str(model.device),
            use_attn_result=True,
            use_split_qkv_input=True,
            use_hook_mlp_in=True,
            seed=0,
        )
    )
    weights = {name: value.detach().clone() for name, value in convert_gpt2_weights(model, made.cfg).items()}
    made.load_state_dict(weights, strict=False)
    made.tokenizer = words_of_ids(config.vocab_size)
    made.cfg.tokenizer_prepends_bos = False
    return made.eval()


def words_of_ids(vocab: int) -> Any:
    """A tokenizer that reads "3 0 1" as these ids. PAD and the first token are no ids of the model."""
    words = {str(id): id for id in range(vocab)} | {"[PAD]": vocab, "[BOS]": vocab + 1}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[PAD]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", bos_token="[BOS]", eos_token="[BOS]", padding_side="right"
    )


def names_of(module: str, graph: Any) -> list[str]:
    """The nodes of the tool that make up the output of a module of GPT-2."""
    *_, layer, kind = module.split(".")
    if kind == "drop":
        return ["input"]
    return [f"a{layer}.h{head}" for head in range(graph.cfg["n_heads"])] if kind == "attn" else [f"m{layer}"]


def inputs_of(module: str, graph: Any) -> list[str]:
    """The ends of edges at the input of a norm of GPT-2."""
    *_, layer, kind = module.split(".")
    if kind == "ln_f":
        return ["logits"]
    heads = range(graph.cfg["n_heads"])
    return [f"a{layer}.h{head}<{part}>" for head in heads for part in "qkv"] if kind == "ln_1" else [f"m{layer}"]


def total(scores: Iterator[Any]) -> Tensor:
    """The sum of numbers, without a graph."""
    return torch.stack([torch.as_tensor(score).detach() for score in scores]).sum()


SUBJECT = CircuitKit
