"""What goes wrong silently, and what does not run: each sentence of the page, with the run that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem
from reference.models.albert import TinyAlbert
from reference.models.bart import TinyBart, TinyBartClassifier
from reference.models.gpt2 import TinyGPT2
from reference.models.llama import TinyLlama
from reference.models.qwen2 import TinyQwen2
from reference.models.t5 import TinyT5
from reference.problem import Problem, Tokens
from tests.subjects.textbook import Textbook

STEPS = 50

CLASSIFIED = Problem(
    model=TinyBartClassifier(model=TinyBart(vocab=9, hidden=8, heads=2, intermediate=8, weight_seed=1)),
    data=Tokens(ids=((0, 5, 6, 2),), baseline=((0, 1, 1, 2),)),
)
"""BART's classifier; the baseline keeps EOS in its place."""


def missed_at(*tables: int) -> float:
    """The share of F(x) − F(x') that the total of LIG at these tables of BART misses."""
    built = CLASSIFIED.build()
    entry: Any = built.ids
    modules: Any = [built.tables[table].module(built.model) for table in tables]
    parts = Textbook.lig(entry.forward, modules, entry.inputs, entry.baselines, target=1, n_steps=STEPS)
    with torch.no_grad():
        change = (entry.forward(entry.inputs) - entry.forward(entry.baselines))[0, 1]
    return float(abs(sum(part.sum() for part in parts) - change) / abs(change))


def table_of_bart_alone_is_incomplete() -> bool:
    return min(missed_at(0), missed_at(1)) > 0.01 and missed_at(0, 1) < 1e-6


def classifier_of_bart_takes_no_embeddings() -> bool:
    built = CLASSIFIED.build()
    table = built.word_table.module(built.model)
    assert built.ids is not None
    return _raises(NotImplementedError, lambda: built.model(inputs_embeds=table(built.ids.inputs)))  # type: ignore[union-attr]


def shared_table_of_t5_is_not_run() -> bool:
    problem = Problem(model=TinyT5(vocab=9), data=Tokens(ids=((4, 5),), baseline=((6, 7),)))
    built = problem.build()
    entry: Any = built.ids
    shared = built.model.get_input_embeddings()  # type: ignore[operator]
    return _raises(
        RuntimeError,
        lambda: Textbook.lig(entry.forward, shared, entry.inputs, entry.baselines, target=(0, 1), n_steps=2),
    )


def shared_layer_of_albert_is_run_twice() -> bool:
    problem = Problem(model=TinyAlbert(layers=2), data=Tokens(ids=((0, 1),), baseline=((2, 3),)))
    built = problem.build()
    entry: Any = built.ids
    layer = built.model.get_submodule(f"albert.{TinyAlbert.family.layers}.0")
    return _raises(
        RuntimeError, lambda: Textbook.lig(entry.forward, layer, entry.inputs, entry.baselines, target=1, n_steps=2)
    )


def eager_attention_reads_the_future() -> bool:
    """At a position that sees masked tokens only."""
    data = Tokens(ids=((4, 5, 6),), baseline=((7, 7, 7),), mask=((0, 1, 1),))
    reads = []
    for attention in ("eager", "sdpa"):
        built = Problem(model=TinyGPT2(vocab=9, head="causal", attention=attention), data=data).build()
        reads.append(bool((_ig(built, (0, 1))[:, 1:] != 0).any()))
    return reads == [True, False]


def eager_llama_is_not_finite_in_float64() -> bool:
    """With left padding; in float32 it is."""
    data = Tokens(ids=((3, 5, 6),), baseline=((3, 7, 7),), mask=((0, 1, 1),))
    problem = Problem(model=TinyLlama(vocab=9, head="causal", attention="eager"), data=data)
    return [bool(_outputs(problem.build(dtype)).isfinite().all()) for dtype in ("float64", "float32")] == [False, True]


def eos_at_the_end_counts_as_padding() -> bool:
    """If PAD is EOS, an unpadded row that ends with EOS is read one position earlier."""
    built = Problem(model=TinyQwen2(vocab=9), data=Tokens(ids=((4, 5, 2),), baseline=((6, 7, 2),))).build()
    entry: Any = built.ids
    last, before = (_changed_at(entry, place) for place in (2, 1))
    return not last and before


def left_padded_gpt2_needs_position_ids() -> bool:
    spec = TinyGPT2(vocab=9)
    alone = _outputs(Problem(model=spec, data=Tokens(ids=((4, 5),), baseline=((6, 7),))).build())
    padded = Tokens(ids=((3, 4, 5),), baseline=((3, 6, 7),), mask=((0, 1, 1),))
    without = _outputs(Problem(model=spec, data=padded).build())
    with_them = _outputs(Problem(model=spec, data=replace(padded, positions=((0, 0, 1),))).build())
    eps = torch.finfo(torch.float64).eps
    apart = [float((one - alone).abs().max() / alone.abs().max()) for one in (without, with_them)]
    return apart[0] > 0.01 and apart[1] < 100 * eps


CLAIMS: tuple[tuple[str, Callable[[], bool]], ...] = (
    (
        "BART's classifier takes no `inputs_embeds` ([captum#1119]): LIG is the only way.",
        classifier_of_bart_takes_no_embeddings,
    ),
    (
        "LIG at one of BART's two tables misses a part of F(x) − F(x'); joint LIG at both does not. "
        "Keep EOS in its place in the baseline: the classifier reads there.",
        table_of_bart_alone_is_incomplete,
    ),
    (
        "T5's `get_input_embeddings()` is a module that the model never runs: pass `encoder.embed_tokens` to LIG.",
        shared_table_of_t5_is_not_run,
    ),
    (
        "ALBERT runs its one layer several times: LIG there has no single output, so a right implementation raises an "
        "error.",
        shared_layer_of_albert_is_run_twice,
    ),
    (
        "If a position sees only masked tokens, eager attention is uniform: with left padding, a decoder then reads "
        "later tokens. With sdpa attention it does not.",
        eager_attention_reads_the_future,
    ),
    (
        "LLaMA with eager attention and left padding returns NaN in float64 and finite values in float32: use sdpa "
        "attention for a float64 reference.",
        eager_llama_is_not_finite_in_float64,
    ),
    (
        "If PAD is EOS, a decoder's classifier reads an unpadded row that ends with EOS one position earlier.",
        eos_at_the_end_counts_as_padding,
    ),
    (
        "A left-padded GPT-2 computes another function, unless you pass `position_ids`.",
        left_padded_gpt2_needs_position_ids,
    ),
)


def _ig(built: BuiltProblem, target: Any) -> Tensor:
    entry = built.embeddings
    result: Tensor = Textbook.ig(
        entry.forward,
        entry.inputs,
        entry.baselines,
        target=target,
        additional_forward_args=entry.arguments,
        n_steps=2,
    )
    return result


def _outputs(built: BuiltProblem) -> Tensor:
    with torch.no_grad():
        output: Tensor = built.layered.output()
    return output


def _changed_at(entry: Any, place: int) -> bool:
    """Whether the output of ids depends on the token at this place (another token, neither PAD nor EOS)."""
    moved = entry.inputs.clone()
    own = int(moved[0, place])
    moved[0, place] = 8 if own not in (2,) else own
    with torch.no_grad():
        return not torch.equal(entry.forward(moved, *entry.arguments), entry.output())


def _raises(error: type[BaseException], call: Callable[[], object]) -> bool:
    try:
        call()
    except error:
        return True
    return False
