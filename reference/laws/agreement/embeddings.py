"""Group *agreement*: how IG on `inputs_embeds` and LIG on BERT's embeddings relate; the answer to captum#1132.

`BertEmbeddings` is word + type + position embeddings, then a LayerNorm. Before the LayerNorm the two methods agree
element for element; after it they integrate along different paths, because the LayerNorm bends a straight line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from reference.laws.ask import ask_ig, ask_lig, known_rule, on_cpu, options, setting_for, token_scores
from reference.laws.law import law
from reference.laws.places import embeddings, norm_input, table
from reference.oracle import substitution as layers
from reference.oracle.budget import Budget, assert_equal, assert_within
from reference.oracle.expected import Oracle
from reference.oracle.path_integral import totals
from reference.problem import Place, Problem, Setting
from reference.subject import Subject
from reference.violation import Severity, Violation, asking

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


def twice(budget: Budget) -> Budget:
    """Two results of the subject are compared: each may lie a budget away from the truth."""
    return budget + budget


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
    setting = setting_for(problem, subject)
    expected = Oracle.of(problem, known_rule(problem, subject)).ig()
    _assert_agree(
        TableDisagrees,
        ask_lig(TableDisagrees, problem, subject, setting, table(setting)),
        ask_ig(TableDisagrees, problem, subject, setting),
        expected.elements,
        "LIG at word_embeddings against IG on inputs_embeds",
    )


@law(
    group="agreement",
    violation=EmbeddingsDisagree,
    needs={"ig", "lig"},
    source=ISSUE,
    implied_by="layer_attribution",
)
def embeddings_agree_with_the_rest_of_the_model(problem: Problem, subject: Any) -> None:
    """LIG at embeddings = IG of the model from the embedding output on, element for element."""
    setting = setting_for(problem, subject)
    place, entry = embeddings(setting), setting.layered
    expected = Oracle.of(problem, known_rule(problem, subject)).lig(place)
    module = place.module(setting.model)
    rest = layers.rest(module, entry, None)
    ((output, baseline_output),) = layers.activations([(module, place.at_input)], entry)

    def from_the_output_on(hidden: Tensor, *additional: Any) -> Tensor:
        with rest.around(hidden):
            return rest.forward(hidden, *additional)

    alone = asking(
        EmbeddingsDisagree,
        "IG of the rest of the model",
        lambda: subject.ig(
            from_the_output_on,
            output,
            baseline_output,
            additional_forward_args=rest.additional,
            **options(problem, setting),
        ),
    )
    _assert_agree(
        EmbeddingsDisagree,
        ask_lig(EmbeddingsDisagree, problem, subject, setting, place),
        alone,
        expected.elements,
        "LIG at embeddings against IG of the rest",
    )


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
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    place = embeddings(setting)
    at_input, at_layer = oracle.ig(), oracle.lig(place)
    integrals = oracle.integral(), oracle.integral(place)
    gaps = [
        totals(expected.attribution) - totals(integral.attribution)
        for expected, integral in zip((at_input, at_layer), integrals, strict=True)
    ]
    difference = totals(on_cpu(ask_ig(TotalsDisagree, problem, subject, setting))) - totals(
        on_cpu(ask_lig(TotalsDisagree, problem, subject, setting, place))
    )
    quadrature = Budget(integrals[0].error + integrals[1].error, "error of the converged integrals")
    assert_within(
        TotalsDisagree,
        error=difference - (gaps[0] - gaps[1]),
        budget=at_input.gap + at_layer.gap + quadrature,
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
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    place = embeddings(setting)
    budget = oracle.ig().tokens + oracle.lig(place).tokens
    at_input = on_cpu(token_scores(ask_ig(TokenScoresAgree, problem, subject, setting)))
    at_layer = on_cpu(token_scores(ask_lig(TokenScoresAgree, problem, subject, setting, place)))
    apart = (at_input - at_layer).abs().amax(1)
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
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    place = embeddings(setting)
    curved = oracle.curve(place, lambda made: _embedding_map(made, place))
    got = ask_ig(CurveDisagrees, problem, subject, setting)
    assert_equal(
        CurveDisagrees,
        got=token_scores(got),
        expected=token_scores(curved.attribution),
        budget=oracle.ig().tokens + curved.tokens,
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
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    place = embeddings(setting)
    at_input = on_cpu(token_scores(ask_ig(AffineDisagrees, problem, subject, setting)))
    at_layer = on_cpu(token_scores(ask_lig(AffineDisagrees, problem, subject, setting, place)))
    assert_equal(
        AffineDisagrees,
        got=at_layer,
        expected=at_input,
        budget=oracle.ig().tokens + oracle.lig(place).tokens,
        what="token scores of LIG at affine embeddings against IG on inputs_embeds",
    )


@law(
    group="agreement",
    violation=NormInputDisagrees,
    needs={"ig", "lig"},
    source=ISSUE,
    implied_by="layer_attribution",
)
def norm_input_agrees_with_inputs_embeds(problem: Problem, subject: Subject) -> None:
    """LIG at the input of embeddings.LayerNorm = IG on inputs_embeds, element for element."""
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    place = norm_input(setting)
    at_layer = ask_lig(NormInputDisagrees, problem, subject, setting, place)
    at_input = ask_ig(NormInputDisagrees, problem, subject, setting)
    assert_equal(
        NormInputDisagrees,
        got=at_layer,
        expected=on_cpu(at_input),
        budget=oracle.ig().elements + oracle.lig(place).elements,
        what="LIG at the LayerNorm's input against IG on inputs_embeds",
    )


def _embedding_map(setting: Setting, place: Place) -> Callable[[Tensor], Tensor]:
    """BertEmbeddings as a function of the word embeddings alone, types and positions fixed."""
    module = place.module(setting.model)
    _, types, positions = setting.embeddings.additional

    def embedded(words: Tensor) -> Tensor:
        output: Tensor = module(inputs_embeds=words, token_type_ids=types, position_ids=positions)
        return output

    return embedded


def _assert_agree(kind: type[Violation], first: Any, second: Any, budget: Budget, what: str) -> None:
    __tracebackhide__ = True
    if not isinstance(second, Tensor):
        raise kind(f"{what}: got a {type(second).__name__}, expected a tensor", Severity.WRONG_SHAPE)
    assert_equal(kind, got=first, expected=on_cpu(second), budget=twice(budget), what=what)
