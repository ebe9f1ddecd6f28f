"""Trained models of chemical reactions: ALBERT (rxnmapper) as a masked language model, BERT (rxnfp) as a classifier.

A right implementation is right on them, and its total is far from F(x) − F(x') all the same: 50 steps are too few.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from reference.laws import LAWS
from reference.models.saved_head import TrainedHead
from reference.problem import Call, Problem, Tokens
from tests.plugin.records import Ledger
from tests.properties.test_laws import applies
from tests.properties.trial import record_of, try_law
from tests.subjects.known_defects import Modelled
from tests.tools.recipe.trained import ALBERT, asked, gap_and_change

BERT = TrainedHead(
    package="rxnfp", inside="models/transformers/bert_ft_10k_25s", architecture="bert", head="sequence", labels=50
)

of_version_5 = pytest.mark.skipif(bool(ALBERT.family.missing), reason=f"not applicable: {ALBERT.family.missing}")
needs_albert = pytest.mark.skipif(
    find_spec(ALBERT.package) is None,
    reason="trained weights are not installed: pip install --no-deps rxnmapper==0.4.3 (3 MB)",
)
needs_bert = pytest.mark.skipif(
    find_spec(BERT.package) is None,
    reason="trained weights are not installed: pip install --no-deps rxnfp==0.1.0 (75 MB)",
)


REACTIONS = {
    token: Problem(
        model=BERT,
        data=Tokens(ids=((12, 16, 16, 22, 19, 29, 16, 16, 19, 13),), baseline=((12, *(id,) * 8, 13),)),
        call=Call(n_steps=3, target=0),
    )
    for token, id in {"pad": 0, "mask": 14}.items()
}
"""The same reaction for BERT, whose vocabulary is ALBERT's."""

OF_BERT = ("input_attribution", "layer_attribution", "word_embeddings_agree_with_inputs_embeds")


def passes(name: str, problem: Problem, subject: Modelled, ledger: Ledger) -> None:
    law = LAWS[name]
    record = ledger.open(record_of(law))
    applies(law, subject, record)
    try_law(law, problem, subject, record)


@needs_albert
@pytest.mark.night
def test_value_law_passes_on_trained_albert_with_fifty_steps(subject: Modelled, ledger: Ledger) -> None:
    passes("input_attribution", asked(50), subject, ledger)


@of_version_5
@needs_albert
def test_fifty_steps_are_too_few_for_trained_albert() -> None:
    """The gap is no rounding: it is a hundred thousand budgets wide, and a large share of the change."""
    gap, change, rounding = gap_and_change(50)
    assert abs(gap) > abs(change) / 2
    assert abs(gap) > 1e5 * rounding


@needs_bert
@pytest.mark.parametrize("baseline", REACTIONS)
@pytest.mark.parametrize("name", OF_BERT)
def test_law_passes_on_trained_bert_of_reactions(name: str, baseline: str, subject: Modelled, ledger: Ledger) -> None:
    passes(name, REACTIONS[baseline], subject, ledger)
