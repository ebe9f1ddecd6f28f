"""A harness for NumPy with HIPS autograd: `ig-conformance run --command "python numpy_autograd.py"`.

Copy this file, and put your own implementation in the place of `integrated_gradients`. The format and the protocol are
explained in the README.md of the vectors.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import autograd.numpy as np
import numpy
from autograd import grad
from autograd.scipy.special import erf

DECLARATION = {"name": "numpy-autograd", "version": "1", "language": "Python", "dtype": "float64"}


# ---------------------------------------------------------------- the protocol: one JSON object per line


def main() -> None:
    """Answer each line of stdin by one line on stdout, until `stop`."""
    for line in sys.stdin:
        message = json.loads(line)
        if message["cmd"] == "start":
            answer = {"version": 1, "declaration": DECLARATION}
        elif message["cmd"] == "problem":
            answer = {"id": message["id"], **answer_to(message["problem"])}
        else:
            return
        print(json.dumps(answer), flush=True)


def answer_to(problem: dict[str, Any]) -> dict[str, Any]:
    """The attributions, or the message of the error that the implementation raises."""
    try:
        return {"attributions": integrated_gradients(**problem)}
    except (ValueError, TypeError) as error:
        return {"failed": f"{type(error).__name__}: {error}"}


# ---------------------------------------------------------------- the implementation under test


def integrated_gradients(function: Any, inputs: Any, baselines: Any, target: Any, rule: Any) -> Any:
    """The attributions of all examples, as nested lists."""
    x, start = array("inputs", inputs), array("baselines", baselines)
    if start.shape != x.shape:
        raise ValueError(f"baselines have shape {start.shape}, inputs {x.shape}")
    nodes, weights = nodes_and_weights(**rule)
    targets = target if isinstance(target, list) else [target] * len(x)
    if len(targets) != len(x):
        raise ValueError(f"{len(targets)} targets for {len(x)} examples")
    return [one_example(function, *ends, nodes, weights).tolist() for ends in zip(x, start, targets, strict=True)]


def one_example(function: Any, x: Any, start: Any, target: Any, nodes: Any, weights: Any) -> Any:
    """Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ."""
    gradient = grad(lambda point: selected(outputs(function["layers"], point), target))
    delta = x - start
    return sum(w * gradient(start + alpha * delta) for alpha, w in zip(nodes, weights, strict=True)) * delta


def array(name: str, value: Any) -> Any:
    """Nested lists as a float64 array of two or three dimensions."""
    found = np.array(value, dtype=np.float64)  # raises ValueError for ragged lists
    if found.ndim not in (2, 3):
        raise ValueError(f"{name} must have two or three dimensions, not {found.ndim}")
    return found


def selected(values: Any, target: Any) -> Any:
    """The output that is explained."""
    if target is None and len(values) == 1:
        target = 0
    if not isinstance(target, int) or not 0 <= target < len(values):
        raise ValueError(f"target must be an index below {len(values)}; got {target!r}")
    return values[target]


def nodes_and_weights(method: str, n_steps: int) -> Any:
    """The rule on [0, 1] with n_steps nodes."""
    if not isinstance(n_steps, int) or n_steps < (2 if method == "riemann_trapezoid" else 1):
        raise ValueError(f"n_steps is {n_steps!r}, too few for {method}")
    k, n = np.arange(n_steps), n_steps
    if method == "riemann_left":
        return k / n, np.full(n, 1 / n)
    if method == "riemann_right":
        return (k + 1) / n, np.full(n, 1 / n)
    if method == "riemann_middle":
        return (k + 0.5) / n, np.full(n, 1 / n)
    if method == "riemann_trapezoid":
        weights = np.full(n, 1 / (n - 1))
        weights[[0, -1]] /= 2
        return k / (n - 1), weights
    if method == "gausslegendre":
        nodes, weights = numpy.polynomial.legendre.leggauss(n)
        return (nodes + 1) / 2, weights / 2
    raise ValueError(f"unknown method {method!r}")


# ---------------------------------------------------------------- the functions of the format


def outputs(layers: Any, x: Any) -> Any:
    """The layers one after the other, on the features of one example, or on its tokens (tokens, features)."""
    for layer in layers:
        x = LAYERS[layer["layer"]](layer, x)
    return x


def affine(layer: Any, x: Any) -> Any:
    """A linear map with a bias, of the last axis."""
    return np.dot(x, np.array(layer["weight"]).T) + np.array(layer["bias"])


def softmax(scores: Any) -> Any:
    """Over the last axis."""
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


def layer_norm(layer: Any, x: Any) -> Any:
    """Over the last axis."""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred**2, axis=-1, keepdims=True)
    return centred / np.sqrt(variance + layer["epsilon"]) * np.array(layer["gain"]) + np.array(layer["shift"])


def attention(layer: Any, x: Any) -> Any:
    """Softmax attention; the heads share the features of query, key and value."""
    query, key, value = (affine(layer[name], x) for name in ("query", "key", "value"))
    width = query.shape[-1] // layer["heads"]
    hidden = np.where(np.array(layer.get("mask", [1] * len(x))), 0.0, -np.inf)
    mixed = []
    for h in range(layer["heads"]):
        own = slice(h * width, (h + 1) * width)
        scores = np.dot(query[:, own], key[:, own].T) / np.sqrt(width) + hidden
        mixed.append(np.dot(softmax(scores), value[:, own]))
    return affine(layer["output"], np.concatenate(mixed, axis=-1))


def polynomial(layer: Any, x: Any) -> Any:
    """One sum of monomials for each output."""
    return np.array([sum(monomial(term, x) for term in terms) for terms in layer["outputs"]])


def monomial(term: Any, x: Any) -> Any:
    """coefficient · Π x_i^m_i, without a division by x_i in its gradient."""
    product = term["coefficient"]
    for i, power in enumerate(term["powers"]):
        for _ in range(power):
            product = product * x[i]
    return product


LAYERS = {
    "affine": affine,
    "tanh": lambda layer, x: np.tanh(x),
    "gelu": lambda layer, x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "softmax": lambda layer, x: softmax(x),
    "layer_norm": layer_norm,
    "attention": attention,
    "residual": lambda layer, x: x + outputs(layer["layers"], x),
    "token": lambda layer, x: x[layer["index"]],
    "polynomial": polynomial,
}

if __name__ == "__main__":
    main()
