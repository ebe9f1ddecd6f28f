"""captum#460, captum#624: why BERT's position and type tables give NaN, and its three tables do not add up.

Neither is wrong: what is the same at both ends gets 0, and tables asked one by one walk three paths. Of positions and
types that do not change the attribution is exactly 0; the NaN is made afterwards, by 0/0 in attributions / norm. Each
table's own path leaves the other two at the input. Ask for all three in one call, as a list: their total is F(x) −
F(x') up to the delta, and token by token they add up to LIG at the input of the LayerNorm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.laws import LAWS
from reference.oracle.budget import assert_equal
from reference.oracle.path_integral import totals
from tests.upstream.answering import CAPTUM, SENTENCE, NotAsAnswered, ids_of, model_of, oracle, right

POSITIONS, TYPES = torch.arange(6).unsqueeze(0), torch.tensor([[0, 0, 0, 1, 1, 1]])
TABLES = ("word_embeddings", "token_type_embeddings", "position_embeddings")

TUTORIAL = replace(
    SENTENCE,
    data=replace(
        SENTENCE.data,
        types=((0, 0, 0, 1, 1, 1),),
        positions=((0, 1, 2, 3, 4, 5),),
        baseline_types=((0,) * 6,),
        baseline_positions=((0,) * 6,),
    ),
)
"""The reference of captum's BERT tutorial: token types and positions all 0."""


def forward(model: torch.nn.Module) -> Callable[..., Tensor]:
    return lambda ids, types, positions: model(ids, token_type_ids=types, position_ids=positions).logits


@pytest.mark.parametrize("table", TABLES[1:])
def test_table_equal_at_both_ends_gets_zeros_which_become_nan(table: str) -> None:
    model = model_of()
    lig = LayerIntegratedGradients(forward(model), model.bert.embeddings.get_submodule(table))
    attributions = lig.attribute(*ids_of(), target=0, additional_forward_args=(TYPES, POSITIONS))
    scores = attributions.sum(-1)
    assert not attributions.any()
    assert (scores / torch.norm(scores)).isnan().all()


def test_tables_add_up_only_where_they_are_asked_together() -> None:
    model = model_of()
    ids, reference = ids_of()
    ends = (ids, TYPES, POSITIONS), (reference, torch.zeros_like(TYPES), torch.zeros_like(POSITIONS))
    tables = [model.bert.embeddings.get_submodule(table) for table in TABLES]
    one_by_one = [LayerIntegratedGradients(forward(model), table).attribute(*ends, target=0) for table in tables]
    together, delta = LayerIntegratedGradients(forward(model), tables).attribute(
        *ends, target=0, return_convergence_delta=True
    )
    end, start = oracle(TUTORIAL).ends()
    budget = right(TUTORIAL, "bert.embeddings.LayerNorm:input").gap
    budget = budget + budget
    got = sum(map(totals, together)) - delta
    assert_equal(NotAsAnswered, got=got, expected=end - start, budget=budget, what="the total of the three − delta")
    apart = sum(map(totals, one_by_one)) - (end - start)
    assert bool((apart.abs() > delta.abs() + budget.value).all())


@pytest.mark.parametrize("law", ["joint_tables", "joint_tables_add_up"])
def test_tables_asked_together_add_up_token_by_token(law: str) -> None:
    LAWS[law](TUTORIAL, CAPTUM)
