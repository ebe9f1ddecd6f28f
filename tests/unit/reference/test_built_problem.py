"""A built problem names the parts of its model, and an entry names its additional arguments."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Layer
from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.oracle.substitution import activations
from reference.problem import Call, Ids, Problem, Target, Tokens
from reference.violation import NotApplicable

DATA = Tokens(ids=((0, 1, 2), (3, 1, 0)), baseline=((1, 2, 1), (0, 2, 2)), mask=((1, 1, 1), (1, 1, 0)))
MODEL = TinyBert(hidden=4, heads=2, layers=2, intermediate=3)
PROBLEM = Problem(model=MODEL, data=DATA)
BAG = Problem(model=TinyBag(), data=DATA)


def at(built: BuiltProblem, *places: Layer) -> list[Tensor]:
    """The values there at the input's end of the path."""
    watched = [(place.module(built.model), place.at_input) for place in places]
    return [end for end, _ in activations(watched, built.layered)]


def output(built: BuiltProblem) -> Tensor:
    with torch.no_grad():
        result: Tensor = built.layered.forward(built.layered.inputs, *built.layered.arguments)
    return result


def test_tables_add_up_to_the_input_of_the_norm() -> None:
    built = PROBLEM.build()
    *tables, summed = at(built, *built.tables, built.norm_input)
    assert torch.allclose(torch.stack(tables).sum(0), summed)
    assert built.tables[0] == built.word_table


def test_word_table_gives_the_inputs_of_the_embeddings_entry() -> None:
    built = PROBLEM.build()
    (words,) = at(built, built.word_table)
    assert torch.equal(words, built.embeddings.inputs)


def test_embedding_map_takes_word_embeddings_to_the_embeddings_output() -> None:
    built = PROBLEM.build()
    with torch.no_grad():
        made = built.embedding_map()(built.embeddings.inputs)
    (expected,) = at(built, built.embeddings_layer)
    assert torch.equal(made, expected)


def test_last_layer_is_the_last_of_the_layers() -> None:
    built = PROBLEM.build()
    assert built.last_layer == built.layer(1) != built.layer(0)
    assert built.layers_in_order[-1] == built.last_layer


def test_reversed_units_are_other_weights_of_the_same_function() -> None:
    built, own = PROBLEM.build(), PROBLEM.build()
    built.reverse_units()
    pairs = zip(built.model.parameters(), own.model.parameters(), strict=True)
    assert not all(torch.equal(*pair) for pair in pairs)
    assert torch.allclose(output(built), output(own))


@pytest.mark.parametrize(
    ("head", "target", "expected"),
    [
        ("sequence", 1, ((1, 0, 0), (1, 0, 0))),
        ("answer_end", 2, ((0, 0, 1), (0, 0, 1))),
        ("answer_end", (2, 1), ((0, 0, 1), (0, 1, 0))),
        ("token", (1, 0), ((0, 1, 0), (0, 1, 0))),
        ("token", ((1, 0), (2, 1)), ((0, 1, 0), (0, 0, 1))),
    ],
)
def test_head_reads_the_first_position_or_the_targets(head: str, target: Target, expected: Ids) -> None:
    problem = replace(PROBLEM, model=replace(MODEL, head=head), call=Call(target=target))
    assert problem.build().read(problem.call.target).int().tolist() == [list(row) for row in expected]


def test_bag_reads_every_position() -> None:
    assert BAG.build().read(BAG.call.target).all()


def test_part_that_the_model_lacks_makes_the_law_not_applicable() -> None:
    built = BAG.build()
    for ask in (lambda: built.norm, lambda: built.layer(0), built.reverse_units, built.embedding_map):
        with pytest.raises(NotApplicable, match="the model has no"):
            ask()


def test_arguments_have_the_names_of_the_models_forward() -> None:
    entry = PROBLEM.build().layered
    assert list(entry.named) == ["attention_mask", "token_type_ids", "position_ids"]
    assert tuple(entry.named.values()) == entry.arguments
    assert entry.mask is entry.arguments[0]
    assert list(BAG.build().layered.named) == ["attention_mask"]


def test_changed_argument_is_changed_at_both_ends_and_the_others_stay() -> None:
    types = ((0, 0, 0), (0, 0, 0))
    data = replace(DATA, types=types, baseline_types=types)
    entry = replace(PROBLEM, data=data).build().layered
    mask = torch.ones(2, 3)
    changed = entry.with_arguments(attention_mask=mask)
    assert changed.mask is changed.baseline_named["attention_mask"] is mask
    assert changed.named["token_type_ids"] is entry.named["token_type_ids"]
    assert changed.baseline_named["token_type_ids"] is entry.baseline_named["token_type_ids"]


def test_new_argument_is_added_at_the_end() -> None:
    entry = BAG.build().layered.with_arguments(scale=2)
    assert entry.names == ("attention_mask", "scale")
    assert entry.arguments[-1] == 2
