"""A bad argument of a check is one clear line that names it."""

from __future__ import annotations

from collections import UserDict
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reference.check import Verdict, check_integrated_gradients, check_layer_integrated_gradients

X = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
IDS = torch.tensor([[1, 2, 0]])


class Tool:
    """An object with a method `attribute`, like Captum's."""

    def attribute(self) -> None: ...


def two(x: Tensor) -> Tensor:
    return torch.stack([x.sum(1), x.pow(2).sum(1)], 1)


def dropping(x: Tensor) -> Tensor:
    """Two masks of three units are equal once in eight times, of 64 copies never."""
    return nn.functional.dropout(x.repeat(1, 64)).sum(1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": 3}, "model must be a torch.nn.Module or None; got 3"),
        ({"forward": 3}, "forward must be a function or a module; got 3"),
        ({"inputs": "text"}, "inputs must be a tensor or a tuple of tensors; got 'text'"),
        ({"inputs": IDS}, "inputs have dtype int64: pass embeddings, or use check_layer_integrated_gradients"),
        ({"inputs": X / 0}, "inputs contain nan or inf"),
        ({"inputs": (X, X[:1])}, r"inputs must have the same number of examples each; got \[1, 2\]"),
        ({"baselines": X[:, :2]}, r"baselines have shape \(2, 2\), but inputs \(2, 3\)"),
        ({"baselines": (X, X)}, "got 2 baselines for 1 inputs"),
        ({"baselines": IDS.expand(2, -1)}, "baselines have dtype int64, but inputs float32"),
        ({"target": 2}, "target 2 is out of range: outputs have shape"),
        ({"target": None}, "target is None, but forward returns"),
        ({"target": (0, 1)}, "has 2 indices, but forward returns"),
        ({"target": [0, 1, 1]}, "target has 3 indices for 2 examples"),
        ({"target": 0.5}, "target must be None, an index"),
        ({"attributions": X + 5j}, "attributions must be real numbers; got dtype complex64"),
        ({"attributions": X > 0}, "attributions must be real numbers; got dtype bool"),
        ({"attributions": Tool()}, "attributions is an object of class Tool: pass its numbers"),
        ({"attributions": Tool}, "attributions is the class Tool"),
        ({"attributions": X[:, :2]}, r"attributions have shape \(2, 2\): expected \(2, 3\)"),
        ({"attributions": (X, X, X)}, "attributions have 3 tensors, but there are 1 inputs or layers"),
        ({"attributions": "much"}, "attributions must be numbers; got 'much'"),
        ({"method": "simpson"}, "unknown method 'simpson'"),
        ({"n_steps": 0}, "n_steps >= 1, got 0"),
        ({"n_steps": "5"}, "n_steps must be a whole number; got '5'"),
        ({"method": "riemann_trapezoid", "n_steps": 1}, "needs n_steps >= 2"),
        ({"accuracy": -1.0}, "accuracy must be a share of the largest number, between 0 and 1, or None; got -1.0"),
        ({"accuracy": 2}, "accuracy must be a share of the largest number, between 0 and 1, or None; got 2"),
        ({"delta": torch.zeros(3)}, "delta holds 3 numbers for 2 examples"),
        ({"inputs": X.reshape(2, 3, 1), "ids": IDS}, r"ids have shape \(1, 3\), but inputs \(2, 3, 1\)"),
        (
            {"ids": UserDict(input_ids=IDS)},
            r"ids must be a tensor of .*; got a UserDict: pass its \['input_ids'\]",
        ),
        ({"ids": [[1, 2], [3]]}, r"ids must be a tensor of token ids \(batch, length\); got a list"),
        ({"ids": IDS}, r"ids need inputs of embeddings \(batch, length, hidden\); got inputs of shape \(2, 3\)"),
    ],
)
def test_bad_argument_is_named(given: dict[str, Any], words: str) -> None:
    own = {"forward": two, "inputs": X, "baselines": None, "attributions": X, "target": 0, **given}
    ends = [own.pop(name) for name in ("forward", "inputs", "baselines", "attributions")]
    with pytest.raises(ValueError, match=words) as raised:
        check_integrated_gradients(*ends, **own)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (3, "must be a torch.nn.Module or a list of them; got 3"),
        ([], "got an empty list"),
        (nn.Tanh(), "layer Tanh is not a module of model"),
    ],
)
def test_bad_layer_is_named(layer: Any, words: str) -> None:
    table = nn.Embedding.from_pretrained(torch.eye(4, 3))
    with pytest.raises(ValueError, match=words):
        check_layer_integrated_gradients(lambda ids: table(ids).sum(1), layer, IDS, None, X, model=table, target=0)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda x: {"logits": x}, "forward returns a dict, not a tensor: return its logits"),
        (lambda x: x.sum(), "forward returns shape () for 2 rows"),
        (dropping, "forward returns two different values for the same input: it draws random numbers"),
        (lambda x: x.sum(1).long(), "forward returns int64 in a float64 model"),
        (lambda x: x.sub(5).log().sum(1), "the float64 copy is not finite: F(x) is nan"),
    ],
    ids=["dict", "scalar", "dropout", "dtype", "nan"],
)
def test_forward_without_a_right_value_cannot_be_judged(forward: Any, words: str) -> None:
    with torch.random.fork_rng():
        result = check_integrated_gradients(forward, X, None, X)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert words in result.why


def test_active_dropout_is_named_by_its_module() -> None:
    with torch.random.fork_rng():
        model = nn.Sequential(nn.Linear(3, 64), nn.Dropout(0.5), nn.Linear(64, 1))
        result = check_integrated_gradients(model, X, None, X, target=0)
    assert "dropout is active (1); call model.eval()" in result.why


def test_state_is_not_called_dropout() -> None:
    class Counting(nn.Module):
        calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return x.sum(1) * self.calls

    result = check_integrated_gradients(Counting().eval(), X, None, X)
    assert "keeps state from call to call" in result.why
