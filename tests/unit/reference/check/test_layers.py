"""LIG at one layer or several, and forwards that are not the model of the ids."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reference.check import CheckResult, Verdict, check_integrated_gradients, check_layer_integrated_gradients
from tests.subjects.textbook import Textbook
from tests.unit.installed import skip_if
from tests.unit.reference.check.saved import SIZES

IDS = torch.tensor([[2, 5, 9, 7, 3], [2, 6, 9, 3, 0]])
BASELINE = torch.where((IDS == 2) | (IDS == 3) | (IDS == 0), IDS, 4)
MASK = (IDS != 0).long()

CASTS = "the check left out its casts to float32"
"""What is said of older LLaMAs, which do not run in float64 at all."""


def model_of(name: str, **own: Any) -> Any:
    import transformers

    skip_if(None if hasattr(transformers, name) else f"the installed transformers has no {name}")
    loader: Any = getattr(transformers, name)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = loader(loader.config_class(**{**SIZES, "num_labels": 2, **own}))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


@pytest.fixture(scope="module")
def bert() -> Any:
    return model_of("BertForSequenceClassification")


def lig(model: Any, layer: Any, numbers: Any = None, **given: Any) -> CheckResult:
    """The check of LIG, of the textbook's numbers if no other are given."""

    def forward(ids: Tensor, mask: Tensor) -> Tensor:
        logits: Tensor = model(input_ids=ids, attention_mask=mask).logits
        return logits

    how: dict[str, Any] = {"target": 1, "additional_forward_args": (MASK,), "n_steps": 10}
    if numbers is None:
        numbers = Textbook.lig(forward, layer, IDS, BASELINE, **how)
    return check_layer_integrated_gradients(forward, layer, IDS, BASELINE, numbers, model=model, **how, **given)


@pytest.mark.parametrize("path", ["word_embeddings", "LayerNorm", ""], ids=lambda path: path or "embeddings")
def test_right_numbers_of_a_layer_are_right(bert: Any, path: str) -> None:
    layer = bert.bert.embeddings.get_submodule(path) if path else bert.bert.embeddings
    result = lig(bert, layer)
    assert result.right, result
    assert result.remarks == ()


def test_layer_that_was_not_told_is_named(bert: Any) -> None:
    forward = lambda ids, mask: bert(input_ids=ids, attention_mask=mask).logits  # noqa: E731
    how: dict[str, Any] = {"target": 1, "additional_forward_args": (MASK,), "n_steps": 10}
    numbers = Textbook.lig(forward, bert.bert.embeddings.word_embeddings, IDS, BASELINE, **how)
    result = lig(bert, bert.bert.encoder.layer[0], numbers.sum(-1))
    assert result.verdict is Verdict.WRONG
    assert any("at bert.embeddings.word_embeddings" in mistake.sentence for mistake in result.mistakes)


def test_numbers_of_a_layers_input_are_right_if_they_were_asked_for(bert: Any) -> None:
    norm, words = bert.bert.embeddings.LayerNorm, bert.bert.embeddings.word_embeddings
    forward = lambda ids, mask: bert(input_ids=ids, attention_mask=mask).logits  # noqa: E731
    how: dict[str, Any] = {"target": 1, "additional_forward_args": (MASK,), "n_steps": 10}
    before = Textbook.lig(forward, words, IDS, BASELINE, **how)  # the norm's input is the words plus a constant
    assert lig(bert, norm, before, attribute_to_layer_input=True).right
    result = lig(bert, norm, before)
    assert any("the inputs of the layer" in mistake.sentence for mistake in result.mistakes)
    result = lig(bert, words, before, attribute_to_layer_input=True)
    assert "whole numbers" in result.why


def test_layers_at_which_paths_meet_are_judged_together() -> None:
    with torch.random.fork_rng():
        first, second = nn.Linear(3, 2, bias=False).double(), nn.Linear(3, 2, bias=False).double()
    model = nn.ModuleList([first, second])
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    with torch.no_grad():
        first.weight.copy_(torch.arange(6.0).reshape(2, 3))
        second.weight.copy_(torch.arange(6.0).reshape(2, 3) + 1)
    forward = lambda x: (first(x) * second(x)).sum(1)  # noqa: E731
    start = torch.ones_like(x)
    a, b, c, d = (layer(end).detach() for layer in (first, second) for end in (x, start))
    given: dict[str, Any] = {"model": model, "n_steps": 5}
    both = ((a - b) * (c + d) / 2, (c - d) * (a + b) / 2)
    assert check_layer_integrated_gradients(forward, [first, second], x, start, both, **given).right
    alone = check_layer_integrated_gradients(forward, first, x, start, (a - b) * c, **given)
    assert alone.right
    assert "the inputs also reach the output by another path" in alone.remarks[0]


def test_layer_that_runs_twice_cannot_be_judged() -> None:
    layer = nn.Tanh()
    x = torch.tensor([[1.0, 2.0]])
    result = check_layer_integrated_gradients(lambda x: layer(layer(x)).sum(1), layer, x, None, x)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "Tanh is run 2 times in one forward" in result.why


@pytest.mark.parametrize(
    ("name", "own", "words"),
    [
        ("LlamaForSequenceClassification", {"num_key_value_heads": 1}, "the head reads another token"),
        ("GPT2ForSequenceClassification", {"n_embd": 16, "n_layer": 2, "n_head": 2}, "the head reads another token"),
        ("RobertaForSequenceClassification", {"pad_token_id": 0}, "the positions differ"),
    ],
)
@pytest.mark.parametrize("told", [True, False], ids=["ids told", "ids recovered"])
def test_embeddings_of_another_function_are_seen(name: str, own: dict[str, Any], words: str, told: bool) -> None:
    model = model_of(name, **own)
    ids = IDS.flip(1) if "Roberta" in name else IDS
    mask = (ids != 0).long()
    table = model.get_input_embeddings()
    forward = lambda embeddings, mask: model(inputs_embeds=embeddings, attention_mask=mask).logits  # noqa: E731
    x = table(ids).detach()
    given = {"ids": ids, "baseline_ids": ids} if told else {}
    result = check_integrated_gradients(
        forward, x, x.clone(), 0 * x, model=model, target=1, additional_forward_args=(mask,), **given
    )
    assert result.verdict is Verdict.ANOTHER_FUNCTION, result
    assert words in result.why


def test_table_that_multiplies_its_rows_is_no_other_function() -> None:
    model = model_of("GemmaForCausalLM", num_key_value_heads=1, head_dim=8, hidden_size=40)
    table = model.get_input_embeddings()
    forward = lambda embeddings: model(inputs_embeds=embeddings).logits[:, -1]  # noqa: E731
    x = table(IDS).detach()
    result = check_integrated_gradients(forward, x, x.clone(), 0 * x, model=model, ids=IDS, target=1)
    assert result.right, result


def test_inputs_that_are_not_the_embeddings_of_the_ids_are_named(bert: Any) -> None:
    x = bert.get_input_embeddings()(IDS).detach()
    moved = x.clone()
    moved[1, 2] += 1
    forward = lambda embeddings: bert(inputs_embeds=embeddings).logits  # noqa: E731
    result = check_integrated_gradients(forward, moved, None, x, model=bert, ids=IDS, target=1)
    assert result.verdict is Verdict.ANOTHER_FUNCTION
    assert result.why == "inputs are not the word embeddings of the ids: example 1, token 2 differs"


def test_float64_copy_that_is_nan_is_replaced_by_float32() -> None:
    model = model_of("LlamaForCausalLM", num_key_value_heads=1, attn_implementation="eager")
    ids = torch.tensor([[0, 0, 5, 9, 7], [8, 8, 6, 9, 7]])
    table = model.get_input_embeddings()
    forward = lambda e, mask: model(inputs_embeds=e, attention_mask=mask).logits[:, -1]  # noqa: E731
    x, baseline = table(ids).detach(), table(torch.full_like(ids, 4)).detach()
    how: dict[str, Any] = {"target": 1, "additional_forward_args": ((ids != 0).long(),), "n_steps": 20}
    right = Textbook.ig(forward, x, baseline, **how)
    result = check_integrated_gradients(forward, x, baseline, right, model=model, accuracy=None, **how)
    assert result.right, result
    said = "the float64 copy is not finite: F(x) is nan (model.layers.0."
    assert any(said in remark or CASTS in remark for remark in result.remarks)
    wrong = check_integrated_gradients(forward, x, baseline, 2 * right, model=model, accuracy=None, **how)
    assert wrong.verdict is Verdict.WRONG


def test_model_that_computes_in_float32_is_judged_so_in_float64() -> None:
    model = model_of("LlamaForCausalLM", num_key_value_heads=1).double()
    table = model.get_input_embeddings()
    forward = lambda e: model(inputs_embeds=e).logits[:, -1]  # noqa: E731
    x, baseline = table(IDS).detach(), table(torch.full_like(IDS, 4)).detach()
    right = Textbook.ig(forward, x, baseline, target=1, n_steps=20)
    result = check_integrated_gradients(forward, x, baseline, right, model=model, target=1, n_steps=20, accuracy=None)
    assert result.right, result
    assert any("computes in float32 inside" in remark or CASTS in remark for remark in result.remarks)
