"""The generator of the vectors writes the files that are committed, with numbers that are rounded as they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reference.oracle.quadrature import METHODS, fewest_nodes
from reference.oracle.quadrature import rule as rule_in_float64
from reference.vectors.files import FOLDER
from tests.plugin.night import some
from tests.tools.vectors import __main__ as command
from tests.tools.vectors.arithmetic import FIFTY_DIGITS, SINGLE, Arithmetic, Number
from tests.tools.vectors.expected import literal, rounded_up
from tests.tools.vectors.files import GROUPS, vectors
from tests.tools.vectors.rules import rule
from tests.tools.vectors.text import Literal, text

SAMPLE = {
    "monomial-07",
    "polynomial-09",
    "riemann-trapezoid-5",
    "dense-04",
    "layer-norm-03",
    "attention-02",
    "batch-03",
    "zero-02",
}


def written(vector: dict[str, Any]) -> str:
    """The lines of a vector in its file."""
    return "\n  " + text(vector, "  ")


@pytest.mark.parametrize("group", some(group for group in GROUPS if group != "calls"))
def test_sample_of_the_file_is_generated_again_byte_by_byte(group: str) -> None:
    (vector,) = vectors(group, SAMPLE)
    assert written(vector) in (FOLDER / f"{group}.json").read_bytes().decode()


def test_check_sees_a_file_that_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "file_text", lambda group: f"{group}\n")
    assert command.main(["--group", "zero"]) == 0
    assert command.main(["--group", "zero", "--check"]) == 0
    (tmp_path / "zero.json").write_text("other\n", encoding="utf-8")
    assert command.main(["--group", "zero", "--check"]) == 1
    assert capsys.readouterr().out == "zero.json is not what the generator writes\n"


def test_arithmetic_of_24_bits_rounds_as_float32() -> None:
    single, values = Arithmetic(SINGLE), np.random.RandomState(0).uniform(0.1, 3, (2, 200)).astype(np.float32)
    operations: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
    ]
    for a, b in values.T:
        x, y = single.number(float(a)), single.number(float(b))
        for operation in operations:
            assert float(operation(x, y).value) == operation(a, b)
        assert float(x.sqrt().value) == np.sqrt(a)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", some([50, 1, 2, 3, 7, 20], first=1))
def test_rule_of_50_digits_is_the_rule_in_float64(method: str, n: int) -> None:
    if n >= fewest_nodes(method):
        ours, theirs = rule(method, n), rule_in_float64(method, n)
        two_ulps = 2 * np.finfo(float).eps  # what reference/oracle/quadrature.py promises
        assert [float(node) for node, _ in ours] == pytest.approx(theirs.nodes, rel=0, abs=two_ulps)
        assert [float(weight) for _, weight in ours] == pytest.approx(theirs.weights, rel=0, abs=two_ulps)
        assert abs(sum(weight for _, weight in ours) - 1) < Arithmetic(FIFTY_DIGITS).real.mpf(10) ** -49


def test_elementary_function_is_rounded_once_from_more_digits() -> None:
    exact, single = Arithmetic(FIFTY_DIGITS), Arithmetic(SINGLE)
    for x in np.random.RandomState(1).uniform(-3, 3, 100).astype(np.float32):
        for method in (Number.exp, Number.tanh, Number.erf):
            narrow, wide = (method(arithmetic.number(float(x))).value for arithmetic in (single, exact))
            assert float(narrow) == np.float32(float(wide))


def test_text_keeps_digits_and_is_json() -> None:
    value = {"a": [Literal("1.50"), [2.0, None]], "b": {"c": "ü", "d": True}, "e": [{"f": []}]}
    shown = text(value)
    assert "1.50" in shown
    assert json.loads(shown) == {"a": [1.5, [2.0, None]], "b": {"c": "ü", "d": True}, "e": [{"f": []}]}


@pytest.mark.parametrize("noise", ["0", "1e-50", "-1e-50"])
@pytest.mark.parametrize(
    ("value", "nine", "seventeen", "up"),
    [
        ("-0.4697265625", "-0.469726562", "-0.46972656250000000", "4.70e-1"),
        ("0", "0.0", "0.0", "0.0"),
        ("0.125", "0.125000000", "0.12500000000000000", "1.25e-1"),
        ("0.00001", "1.00000000e-5", "1.0000000000000000e-5", "1.00e-5"),
        ("-0.0000123456789012345678", "-1.23456789e-5", "-1.2345678901234568e-5", "1.24e-5"),
        ("123456.5", "123456.500", "123456.50000000000", "1.24e+5"),
    ],
)
def test_number_is_written_alike_whatever_its_last_digits_are(
    value: str, nine: str, seventeen: str, up: str, noise: str
) -> None:
    real = Arithmetic(FIFTY_DIGITS).real
    noisy = real.mpf(value) + real.mpf(noise)
    assert literal(noisy, 9) == nine
    assert literal(noisy, 17) == seventeen
    assert rounded_up(abs(noisy)) == up
