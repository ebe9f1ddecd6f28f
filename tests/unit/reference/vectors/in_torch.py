"""A subject of torch as a harness: the functions of the vectors in torch, and its answer to a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from reference.subject import AttributesInputs
from reference.vectors.results import Report, report


def function(layers: Iterable[Mapping[str, Any]], x: Tensor) -> Tensor:
    """The layers on examples (batch, features) or (batch, tokens, features), in the dtype of x."""
    for layer in layers:
        x = LAYERS[layer["layer"]](layer, x)
    return x


def affine(layer: Mapping[str, Any], x: Tensor) -> Tensor:
    return functional.linear(x, like(x, layer["weight"]), like(x, layer["bias"]))


def layer_norm(layer: Mapping[str, Any], x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], like(x, layer["gain"]), like(x, layer["shift"]), layer["epsilon"])


def attention(layer: Mapping[str, Any], x: Tensor) -> Tensor:
    parts = (affine(layer[name], x).unflatten(-1, (layer["heads"], -1)) for name in ("query", "key", "value"))
    query, key, value = (part.transpose(1, 2) for part in parts)
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    hidden = torch.tensor(layer.get("mask", [1] * x.shape[1])) == 0
    mixed = scores.masked_fill(hidden, float("-inf")).softmax(-1) @ value
    return affine(layer["output"], mixed.transpose(1, 2).flatten(2))


def polynomial(layer: Mapping[str, Any], x: Tensor) -> Tensor:
    def monomial(term: Mapping[str, Any]) -> Tensor:
        return term["coefficient"] * torch.stack([x[:, i] ** m for i, m in enumerate(term["powers"])]).prod(0)

    sums = [torch.stack([monomial(term) for term in terms]).sum(0) for terms in layer["outputs"]]
    return torch.stack(sums, dim=1)


LAYERS: dict[str, Callable[[Mapping[str, Any], Tensor], Tensor]] = {
    "affine": affine,
    "tanh": lambda layer, x: x.tanh(),
    "gelu": lambda layer, x: functional.gelu(x),
    "softmax": lambda layer, x: x.softmax(-1),
    "layer_norm": layer_norm,
    "attention": attention,
    "residual": lambda layer, x: x + function(layer["layers"], x),
    "token": lambda layer, x: x[:, layer["index"]],
    "polynomial": polynomial,
}


def like(x: Tensor, values: Any) -> Tensor:
    return torch.tensor(values, dtype=x.dtype)


def answer(subject: AttributesInputs, problem: Mapping[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    """The attributions, or the message of the error that the call raises."""

    def forward(x: Tensor) -> Tensor:
        outputs = function(problem["function"]["layers"], x)
        return outputs[:, 0] if problem["target"] is None and outputs.shape[1] == 1 else outputs

    target, baselines = problem["target"], problem["baselines"]
    if isinstance(target, list) and isinstance(target[0], list):
        target = [tuple(one) for one in target]
    try:
        inputs = torch.tensor(problem["inputs"], dtype=dtype)
        start = torch.tensor(baselines, dtype=dtype) if isinstance(baselines, list) else baselines
        return {"attributions": subject.ig(forward, inputs, start, target=target, **problem["rule"]).tolist()}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def judged(subject: AttributesInputs, vectors: Mapping[str, Mapping[str, Any]], dtype: str) -> Report:
    """The report on a subject that computes in that dtype."""
    answers = {name: answer(subject, one["problem"], getattr(torch, dtype)) for name, one in vectors.items()}
    return report(vectors, {"declaration": {"name": "subject", "dtype": dtype}, "results": answers})
