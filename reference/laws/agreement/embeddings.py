"""Group *agreement*: how IG on `inputs_embeds` and LIG on BERT's embeddings relate; the answer to captum#1132.

`BertEmbeddings` is word + type + position embeddings, then a LayerNorm. Before the LayerNorm the two methods agree
element for element; after it they integrate along different paths, because the LayerNorm bends a straight line.
"""

from __future__ import annotations

import threading
from typing import Any

from torch import Tensor

from reference.built_problem import Entry
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu, token_scores
from reference.laws.law import law
from reference.oracle import substitution
from reference.oracle.budget import assert_equal, assert_within, with_integrals
from reference.oracle.path_integral import totals
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation

ISSUE = "https://github.com/meta-pytorch/captum/issues/1132"


class TableDisagrees(Violation):
    """LIG at the word embeddings differs from IG on `inputs_embeds`."""


class EmbeddingsDisagree(Violation):
    """LIG at the embeddings differs from IG of the model from the embedding output on."""


class TotalsDisagree(Violation):
    """Two attributions of one change F(x) − F(x') have totals that differ by more than their predicted gaps."""


class TokenScoresAgree(Violation):
    """IG on `inputs_embeds` and LIG at the embeddings give the same token scores, though their paths differ."""


class CurveDisagrees(Violation):
    """Token scores of IG on `inputs_embeds` are not the path integral along the curve of embeddings."""


class AffineDisagrees(Violation):
    """Token scores differ although the embeddings are affine."""


class NormInputDisagrees(Violation):
    """LIG at the LayerNorm's input differs from IG on `inputs_embeds`."""


@law(
    group="agreement",
    violation=TableDisagrees,
    needs={"ig", "lig"},
    source=ISSUE,
    domain="ids",
    implied_by="layer_attribution",
)
def word_embeddings_agree_with_inputs_embeds(problem: Problem, subject: Subject) -> None:
    """LIG at embeddings.word_embeddings = IG on inputs_embeds, element for element."""
    asking = Asking.of(TableDisagrees, problem, subject).of_one_function()
    table = asking.at(asking.built.word_table)
    _assert_agree(asking, table.attribution(), asking.attribution(), "LIG at the word table against IG")


@law(
    group="agreement",
    violation=EmbeddingsDisagree,
    needs={"ig", "lig"},
    source=ISSUE,
    implied_by="layer_attribution",
)
def embeddings_agree_with_the_rest_of_the_model(problem: Problem, subject: Any) -> None:
    """LIG at embeddings = IG of the model from the embedding output on, element for element."""
    asking = Asking.of(EmbeddingsDisagree, problem, subject)
    there = asking.at(asking.built.embeddings_layer)
    layer = asking.built.embeddings_layer
    module = layer.module(asking.built.model)
    rest = substitution.rest(module, there.entry, None, at_input=layer.at_input)
    ((output, baseline_output),) = substitution.activations([(module, layer.at_input)], there.entry)
    # The module does something else for the time of a call: a subject may call from several threads.
    alone_in_the_model = threading.Lock()

    def from_the_output_on(hidden: Tensor, *additional: Any) -> Tensor:
        with alone_in_the_model, rest.around(hidden):
            return rest.forward(hidden, *additional)

    entry = Entry(from_the_output_on, output, baseline_output, rest.additional)
    alone = asking.attribution("IG of the rest of the model", entry)
    _assert_agree(there, there.attribution(), alone, "LIG at embeddings against IG of the rest")


@law(
    group="agreement",
    violation=TotalsDisagree,
    needs={"ig", "lig"},
    source=ISSUE,
    domain="smooth",
    implied_by="layer_completeness",
)
def totals_agree(problem: Problem, subject: Subject) -> None:
    """Σ IG(inputs_embeds) − Σ LIG(embeddings) = the difference of their predicted quadrature gaps."""
    at_input = Asking.of(TotalsDisagree, problem, subject).of_one_function()
    at_layer = at_input.at(at_input.built.embeddings_layer)
    both = (at_input, at_layer)
    integrals = [asking.oracle.integral(asking.layer) for asking in both]
    gaps = [
        totals(asking.expected.attribution) - totals(integral.attribution)
        for asking, integral in zip(both, integrals, strict=True)
    ]
    of_input, of_layer = (totals(on_cpu(asking.shaped())) for asking in both)
    rounding = at_input.expected.between_functions.gap + at_layer.expected.between_functions.gap
    assert_within(
        TotalsDisagree,
        error=(of_input - of_layer) - (gaps[0] - gaps[1]),
        budget=with_integrals(rounding, *integrals),
        against=at_input.expected.change,
        what="total of IG on inputs_embeds against LIG at embeddings",
    )


@law(
    group="agreement",
    violation=TokenScoresAgree,
    needs={"ig", "lig"},
    source=ISSUE,
    domain="bent",
    implied_by="layer_attribution",
    share=0.95,
)
def token_scores_differ(problem: Problem, subject: Subject) -> None:
    """Token scores of IG(inputs_embeds) ≠ those of LIG(embeddings), on 95 % of draws: the LayerNorm bends the path."""
    at_input = Asking.of(TokenScoresAgree, problem, subject).of_one_function()
    at_layer = at_input.at(at_input.built.embeddings_layer)
    budget = at_input.expected.tokens + at_layer.expected.tokens
    of_input, of_layer = (on_cpu(token_scores(asking.shaped())) for asking in (at_input, at_layer))
    apart = (of_input - of_layer).abs().amax(1)
    if not bool((apart > budget.value).any()):
        raise TokenScoresAgree(
            f"token scores lie within {float(apart.max()):.3g} of each other, budget {float(budget.value.max()):.3g}"
        )


@law(
    group="agreement",
    violation=CurveDisagrees,
    needs={"ig"},
    source=ISSUE,
    domain="short",
    implied_by="input_attribution",
)
def token_scores_follow_the_curve(problem: Problem, subject: Subject) -> None:
    """Token scores of IG(inputs_embeds) = Σ_k w_k ∇F(h(α_k)) · h'(α_k) along h(α) = BertEmbeddings(x' + αΔ)."""
    asking = Asking.of(CurveDisagrees, problem, subject)
    layer = asking.built.embeddings_layer
    curved = asking.oracle.curve(layer, lambda built: built.embedding_map())
    assert_equal(
        CurveDisagrees,
        got=token_scores(asking.shaped()),
        expected=token_scores(curved.attribution),
        budget=asking.expected.tokens + curved.tokens,
        what="token scores of IG on inputs_embeds against the curve",
    )


@law(
    group="agreement",
    violation=AffineDisagrees,
    needs={"ig", "lig"},
    source=ISSUE,
    domain="affine",
    implied_by="layer_attribution",
)
def affine_embeddings_agree(problem: Problem, subject: Subject) -> None:
    """With an affine map for the embeddings' LayerNorm, token scores of IG(inputs_embeds) = of LIG(embeddings)."""
    at_input = Asking.of(AffineDisagrees, problem, subject).of_one_function()
    at_layer = at_input.at(at_input.built.embeddings_layer)
    of_input, of_layer = (on_cpu(token_scores(asking.shaped())) for asking in (at_input, at_layer))
    assert_equal(
        AffineDisagrees,
        got=of_layer,
        expected=of_input,
        budget=at_input.expected.tokens + at_layer.expected.tokens,
        what="token scores of LIG at affine embeddings against IG on inputs_embeds",
    )


@law(
    group="agreement",
    violation=NormInputDisagrees,
    needs={"ig", "lig"},
    source=ISSUE,
    domain="normed",
    implied_by="layer_attribution",
)
def norm_input_agrees_with_inputs_embeds(problem: Problem, subject: Subject) -> None:
    """LIG at the input of embeddings.LayerNorm = IG on inputs_embeds, element for element."""
    at_input = Asking.of(NormInputDisagrees, problem, subject).of_one_function()
    at_layer = at_input.at(at_input.built.norm_input)
    assert_equal(
        NormInputDisagrees,
        got=at_layer.attribution(),
        expected=on_cpu(at_input.shaped()),
        budget=at_input.expected.elements + at_layer.expected.elements,
        what="LIG at the LayerNorm's input against IG on inputs_embeds",
    )


def _assert_agree(asking: Asking, first: Tensor, second: Tensor, what: str) -> None:
    """Two results of the subject, each of which may be a budget away from the truth."""
    __tracebackhide__ = True
    budget = asking.expected.elements + asking.expected.elements
    assert_equal(asking.violation, got=first, expected=on_cpu(second), budget=budget, what=what)
