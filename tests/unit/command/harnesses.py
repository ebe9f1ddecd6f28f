"""Harnesses of the tests, each run as `python harnesses.py NAME`: with a planted mistake, or with bad manners."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[3] / "reference" / "vectors" / "harness" / "numpy_autograd.py"


def example() -> Any:
    """The module of the harness that the page of the vectors shows."""
    spec = importlib.util.spec_from_file_location("numpy_autograd", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def left_rule(own: Any) -> None:
    right = own.nodes_and_weights
    own.nodes_and_weights = lambda method, n_steps: right(
        "riemann_left" if method == "riemann_right" else method, n_steps
    )


def trapezoid_over_n(own: Any) -> None:
    right = own.nodes_and_weights

    def planted(method: str, n_steps: int) -> Any:
        nodes, weights = right(method, n_steps)
        return nodes, weights * (n_steps - 1) / n_steps if method == "riemann_trapezoid" else weights

    own.nodes_and_weights = planted


def mean(own: Any) -> None:
    right = own.nodes_and_weights

    def planted(method: str, n_steps: int) -> Any:
        nodes, weights = right(method, n_steps)
        return nodes, 0 * weights + 1 / n_steps

    own.nodes_and_weights = planted


def delta_missing(own: Any) -> None:
    def planted(function: Any, x: Any, start: Any, target: int, nodes: Any, weights: Any) -> Any:
        gradient = own.grad(lambda point: own.selected(own.outputs(function["layers"], point), target))
        return sum(w * gradient(start + node * (x - start)) for node, w in zip(nodes, weights, strict=True))

    own.one_example = planted


def baseline_zero(own: Any) -> None:
    right = own.one_example
    own.one_example = lambda function, x, start, *others: right(function, x, 0 * start, *others)


def tanh_gelu(own: Any) -> None:
    np = own.np
    own.LAYERS["gelu"] = lambda layer, x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2


def any_steps(own: Any) -> None:
    right = own.nodes_and_weights
    own.nodes_and_weights = lambda method, n_steps: right(method, max(2, int(n_steps)))


MISTAKES: dict[str, Callable[[Any], None]] = {
    "LeftRule": left_rule,
    "TrapezoidOverN": trapezoid_over_n,
    "EqualWeights": mean,
    "DeltaMissing": delta_missing,
    "BaselineZero": baseline_zero,
    "GeluByTanh": tanh_gelu,
    "InvalidSteps": any_steps,
}
"""The flag of each planted mistake, and how it is planted in the example."""


def say(value: Any) -> None:
    print(value if isinstance(value, str) else json.dumps(value), flush=True)


def crash(name: str) -> None:
    print("Traceback: out of luck", file=sys.stderr, flush=True)
    os._exit(3)


def close_stdout(name: str) -> None:
    os.close(1)
    time.sleep(60)


MANNERS: dict[str, Callable[[str], None]] = {
    "skips": lambda name: say({"id": name, "skipped": "not offered"}),
    "crashes": crash,
    "prints garbage": lambda name: say("step 1 of 50"),
    "prints a number": lambda name: say("3"),
    "hangs": lambda name: time.sleep(60),
    "closes its stdout": close_stdout,
    "answers another problem": lambda name: say({"id": "another", "skipped": "not offered"}),
    "answers nothing": lambda name: say({"id": name}),
}
"""What a harness does when it gets its second problem; it skips all others."""


def misbehave(name: str) -> None:
    """Skip each problem but `riemann-left-2`."""
    for line in sys.stdin:
        message = json.loads(line)
        if message["cmd"] == "start":
            say({"version": 1, "declaration": {"name": name}})
        elif message["cmd"] == "stop":
            return
        else:
            MANNERS[name if message["id"] == "riemann-left-2" else "skips"](message["id"])


if __name__ == "__main__":
    if sys.argv[1] in MISTAKES:
        found = example()
        MISTAKES[sys.argv[1]](found)
        found.main()
    else:
        misbehave(sys.argv[1])
