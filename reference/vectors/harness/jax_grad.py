"""A harness for JAX: `ig-conformance run --command "python jax_grad.py"`. Set JAX_ENABLE_X64=0 to test float32.

Steps and examples are stacked and mapped by `vmap`. Copy this file, and put your own implementation in the place of
`integrated_gradients`. The format and the protocol are explained in the README.md of the vectors.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("JAX_ENABLE_X64", "1")  # read when jax is imported

import jax
import jax.numpy as np
import numpy

METHODS = ("riemann_left", "riemann_right", "riemann_middle", "riemann_trapezoid", "gausslegendre")


def declaration() -> dict[str, str]:
    """What this harness is."""
    dtype = jax.dtypes.canonicalize_dtype(float).name
    return {"name": "jax", "version": jax.__version__, "language": "Python", "dtype": dtype}


def main() -> None:
    """Answer each line of stdin by one line on stdout, until `stop`."""
    for line in sys.stdin:
        message = json.loads(line)
        if message["cmd"] == "start":
            answer = {"version": 1, "declaration": declaration()}
        elif message["cmd"] == "problem":
            answer = {"id": message["id"], **answer_to(message["problem"])}
        else:
            return
        print(json.dumps(answer), flush=True)


def answer_to(problem: dict[str, Any]) -> dict[str, Any]:
    """The attributions, or the message of the error that the implementation raises."""
    try:
        return {"attributions": integrated_gradients(**problem).tolist()}
    except (ValueError, TypeError) as error:
        return {"failed": f"{type(error).__name__}: {str(error).splitlines()[0]}"}


def integrated_gradients(function: Any, inputs: Any, baselines: Any, target: Any, rule: Any) -> Any:
    """The attributions of all examples."""
    x, start = declared(inputs), declared(baselines)
    if x.shape != start.shape:
        raise ValueError(f"baselines have shape {start.shape}, inputs {x.shape}")
    size = jax.eval_shape(lambda point: outputs(function["layers"], point), x[0]).shape[0]
    targets = checked_targets(target, len(x), size)
    nodes, weights = nodes_and_weights(**rule)

    def explained(point: Any, index: Any) -> Any:
        return outputs(function["layers"], point)[index]

    def along_the_path(x: Any, start: Any) -> Any:
        over_examples = jax.vmap(jax.grad(explained))
        over_steps = jax.vmap(lambda alpha: over_examples(start + alpha * (x - start), targets))
        return np.tensordot(weights, over_steps(nodes), axes=1) * (x - start)

    return jax.jit(along_the_path)(x, start)


def declared(values: Any) -> Any:
    """An array of the declared dtype."""
    return numpy.array(values, dtype=declaration()["dtype"])


def checked_targets(target: Any, examples: int, size: int) -> Any:
    """One index for each example."""
    targets = target if isinstance(target, list) else [0 if target is None and size == 1 else target] * examples
    if len(targets) != examples:
        raise ValueError(f"{len(targets)} targets for {examples} examples")
    for one in targets:
        if not isinstance(one, int) or not 0 <= one < size:
            raise ValueError(f"target must be an index below {size}; got {one!r}")
    return numpy.array(targets)


def nodes_and_weights(method: str, n_steps: int) -> Any:
    """The rule on [0, 1] with n_steps nodes."""
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}")
    if not isinstance(n_steps, int) or n_steps < (2 if method == "riemann_trapezoid" else 1):
        raise ValueError(f"n_steps is {n_steps!r}, too few for {method}")
    n = n_steps
    if method == "gausslegendre":
        nodes, weights = numpy.polynomial.legendre.leggauss(n)
        return declared((nodes + 1) / 2), declared(weights / 2)
    if method == "riemann_trapezoid":
        ends = numpy.ones(n)
        ends[[0, -1]] = 0.5
        return declared(numpy.arange(n) / (n - 1)), declared(ends / (n - 1))
    first = {"riemann_left": 0.0, "riemann_middle": 0.5, "riemann_right": 1.0}[method]
    return declared((numpy.arange(n) + first) / n), declared(numpy.full(n, 1 / n))


def outputs(layers: Any, x: Any) -> Any:
    """The layers one after the other, on the features of one example, or on its tokens (tokens, features)."""
    for layer in layers:
        x = LAYERS[layer["layer"]](layer, x)
    return x


def affine(layer: Any, x: Any) -> Any:
    """A linear map with a bias, of the last axis."""
    return x @ declared(layer["weight"]).T + declared(layer["bias"])


def layer_norm(layer: Any, x: Any) -> Any:
    """Over the last axis."""
    spread = np.sqrt(np.var(x, axis=-1, keepdims=True) + layer["epsilon"])
    return (x - np.mean(x, axis=-1, keepdims=True)) / spread * declared(layer["gain"]) + declared(layer["shift"])


def attention(layer: Any, x: Any) -> Any:
    """Softmax attention; the heads share the features of query, key and value."""
    heads = (affine(layer[name], x).reshape(len(x), layer["heads"], -1) for name in ("query", "key", "value"))
    query, key, value = heads
    scores = np.einsum("qhd,khd->hqk", query, key) / np.sqrt(query.shape[-1])
    seen = numpy.array(layer.get("mask", [1] * len(x)), dtype=bool)
    weights = jax.nn.softmax(np.where(seen, scores, -np.inf), axis=-1)
    return affine(layer["output"], np.einsum("hqk,khd->qhd", weights, value).reshape(len(x), -1))


def polynomial(layer: Any, x: Any) -> Any:
    """One sum of monomials for each output."""

    def value(term: Any) -> Any:
        return term["coefficient"] * np.prod(np.stack([x[i] ** m for i, m in enumerate(term["powers"])]))

    return np.stack([sum(value(term) for term in terms) for terms in layer["outputs"]])


LAYERS = {
    "affine": affine,
    "tanh": lambda layer, x: np.tanh(x),
    "gelu": lambda layer, x: jax.nn.gelu(x, approximate=False),
    "softmax": lambda layer, x: jax.nn.softmax(x, axis=-1),
    "layer_norm": layer_norm,
    "attention": attention,
    "residual": lambda layer, x: x + outputs(layer["layers"], x),
    "token": lambda layer, x: x[layer["index"]],
    "polynomial": polynomial,
}

if __name__ == "__main__":
    main()
