"""The problems of the vectors, by group. A problem depends on its own id alone: new ones change no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reference.oracle.quadrature import METHODS, fewest_nodes
from tests.tools.vectors.drawing import Draw, Layer

Problem = dict[str, Any]
Named = tuple[str, str, Problem]
"""An id, a comment, and the problem."""

STEPS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20)


def problem(
    layers: list[Layer], inputs: list[Any], baselines: Any, method: str, n_steps: Any, target: Any = None
) -> Problem:
    """A problem in the order in which it is written."""
    rule = {"method": method, "n_steps": n_steps}
    return {
        "function": {"layers": layers},
        "inputs": inputs,
        "baselines": baselines,
        "target": target,
        "rule": rule,
    }


def _numbered(group: str, count: int, one: Callable[[int, Draw], tuple[str, Problem]]) -> Iterator[Named]:
    for number in range(1, count + 1):
        name = f"{group}-{number:02}"
        comment, made = one(number - 1, Draw(name))
        yield name, comment, made


def monomial() -> Iterator[Named]:
    """F = Π y_i^m_i from 0, with enough Gauss–Legendre nodes: the attribution is m_i / Σm · F(x)."""

    def one(number: int, draw: Draw) -> tuple[str, Problem]:
        size, degree = 1 + number % 4, 1 + number // 5
        powers = draw.powers(size, degree)
        n = (degree + 1) // 2 + draw.integer(0, 1)
        layers = [{"layer": "polynomial", "outputs": [[{"coefficient": 1.0, "powers": powers}]]}]
        made = problem(layers, [draw.point(size, 2)], [[0.0] * size], "gausslegendre", n)
        return f"A monomial of degree {degree}: exactly m_i / {degree} of F(x), because 2n >= {degree}.", made

    return _numbered("monomial", 48, one)


def polynomial() -> Iterator[Named]:
    """Polynomials between two points, by each rule."""

    def one(number: int, draw: Draw) -> tuple[str, Problem]:
        method, size = METHODS[number % 5], 2 + number % 3
        n = max(fewest_nodes(method), 1 + number // 5)
        layers = [{"layer": "polynomial", "outputs": [draw.polynomial(size, 3, 4)]}]
        made = problem(layers, [draw.point(size, 2)], [draw.point(size, 2)], method, n)
        return "A polynomial: Riemann sums are exact rational numbers.", made

    return _numbered("polynomial", 45, one)


def rules() -> Iterator[Named]:
    """One small function by each rule, with few nodes and with many."""
    for method in METHODS:
        for n in (1, 2, 3, 5, 8, 13, 32, 50):
            if n >= fewest_nodes(method):
                name = f"{method.replace('_', '-')}-{n}"
                draw = Draw(name)
                layers = [draw.affine(3, 3, 1.5), {"layer": "tanh"}, draw.affine(3, 1)]
                made = problem(layers, [draw.point(3, 2)], [draw.point(3)], method, n)
                yield name, f"{n} node{'s' if n > 1 else ''} of {method} on a tanh network.", made


def dense() -> Iterator[Named]:
    """Networks of affine layers, tanh and gelu, with several outputs."""

    def one(number: int, draw: Draw) -> tuple[str, Problem]:
        size, outputs, activation = 3 + number % 3, 2 + number % 2, ("tanh", "gelu")[number // 5 % 2]
        layers = [draw.affine(size, 4), {"layer": activation}, draw.affine(4, outputs)]
        if number >= 30:
            layers.append({"layer": "softmax"})
        method, n = METHODS[number % 5], STEPS[number * 3 % 10]
        made = problem(layers, [draw.point(size, 2)], [draw.point(size)], method, n, draw.integer(0, outputs - 1))
        kind = "the probability" if number >= 30 else "the output"
        return f"A network with {activation}; the target selects {kind}.", made

    return _numbered("dense", 40, one)


def layer_norm() -> Iterator[Named]:
    """Networks with a LayerNorm, which divides by a spread that moves along the path."""

    def one(number: int, draw: Draw) -> tuple[str, Problem]:
        size, epsilon = 3 + number % 3, (1e-5, 0.0625, 0.5)[number // 5 % 3]
        norm = draw.layer_norm(size, epsilon)
        first = [norm] if number % 2 else [draw.affine(size, size), norm]
        layers = [*first, {"layer": ("gelu", "tanh")[number % 3 % 2]}, draw.affine(size, 2)]
        method, n = METHODS[number % 5], STEPS[number * 7 % 10]
        made = problem(layers, [draw.point(size, 2)], [draw.point(size, 2)], method, n, number % 2)
        return f"A LayerNorm with epsilon {epsilon}.", made

    return _numbered("layer-norm", 36, one)


def attention() -> Iterator[Named]:
    """Softmax attention over tokens: alone, masked, and in a whole block."""

    def one(number: int, draw: Draw) -> tuple[str, Problem]:
        tokens, heads, form = 2 + number % 3, 1 + number % 2, ("alone", "masked", "block")[number // 5 % 3]
        size = 4 if heads == 2 else 3
        mask = [1] * (tokens - 1) + [0] if form == "masked" else None
        layers: list[Layer] = [draw.attention(size, heads, mask)]
        if form == "block":
            inner = [draw.affine(size, 4), {"layer": "gelu"}, draw.affine(4, size)]
            layers = [
                {"layer": "residual", "layers": layers},
                draw.layer_norm(size, 0.0625),
                {"layer": "residual", "layers": inner},
                draw.layer_norm(size, 0.0625),
            ]
        layers += [{"layer": "token", "index": 0}, draw.affine(size, 2)]
        method, n = METHODS[number % 5], STEPS[number * 3 % 7]
        made = problem(layers, [draw.rows(tokens, size, 2)], [draw.rows(tokens, size)], method, n, number % 2)
        words = {
            "alone": "Attention alone",
            "masked": "Attention that leaves the last token out",
            "block": "An encoder block",
        }
        return f"{words[form]}, {heads} head{'s' if heads > 1 else ''}, read at the first token.", made

    return _numbered("attention", 42, one)


def batch() -> Iterator[Named]:
    """Several examples in one call, each with its own baseline, and with one target or its own."""

    def one(number: int, draw: Draw) -> tuple[str, Problem]:
        examples, outputs, own = 2 + number % 3, 3, number % 2 == 0
        layers = [draw.affine(3, 4), {"layer": "tanh"}, draw.affine(4, outputs)]
        target = [(b + number) % outputs for b in range(examples)] if own else number % outputs
        ends = draw.rows(examples, 3, 2), draw.rows(examples, 3)
        made = problem(layers, *ends, METHODS[number % 5], STEPS[number % 10], target)
        return f"{examples} examples, {'a target for each' if own else 'one target for all'}.", made

    return _numbered("batch", 30, one)


def zero() -> Iterator[Named]:
    """Elements that are equal at both ends get exactly 0."""

    def one(number: int, draw: Draw) -> tuple[str, Problem]:
        layers = [draw.affine(4, 4), {"layer": "gelu"}, draw.affine(4, 1)]
        inputs = draw.point(4, 2)
        equal = 4 if number >= 10 else 1 + number % 3
        baselines = inputs[:equal] + draw.point(4 - equal)
        made = problem(layers, [inputs], [baselines], METHODS[number % 5], STEPS[number % 10])
        return f"{equal} of 4 elements are equal at both ends: exactly 0 there.", made

    return _numbered("zero", 15, one)


GROUPS: dict[str, Callable[[], Iterator[Named]]] = {
    "monomial": monomial,
    "polynomial": polynomial,
    "rules": rules,
    "dense": dense,
    "layer_norm": layer_norm,
    "attention": attention,
    "batch": batch,
    "zero": zero,
}
"""The groups of valid problems; each is a file."""
