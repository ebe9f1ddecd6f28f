"""An answer is judged by its budget, and the flag of a wrong answer names the mistake."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from reference.vectors.files import flags, vectors
from reference.vectors.judge import Status, judged
from reference.vectors.results import BadResults, report
from tests.plugin.night import some

VECTORS = vectors()

VALUED = sorted({flag for vector in VECTORS.values() for flag in vector.get("mistakes", ())})


def right(vector: dict[str, Any]) -> dict[str, Any]:
    """The answer of an implementation without a mistake."""
    return {"failed": "ValueError"} if vector["result"] == "invalid" else expected(vector)


def expected(vector: dict[str, Any]) -> dict[str, Any]:
    return {"attributions": vector["expected"]["attributions"]}


def mapped(value: Any, change: Callable[[float], Any]) -> Any:
    return [mapped(one, change) for one in value] if isinstance(value, list) else change(value)


def off_by(budgets: float, vector: dict[str, Any], dtype: str) -> dict[str, Any]:
    """The right answer with an error of that many budgets in each element that is not 0."""
    rows = zip(vector["expected"]["attributions"], vector["expected"]["budget"][dtype], strict=True)
    return {"attributions": [mapped(row, partial(shifted, by=budgets * budget)) for row, budget in rows]}


def shifted(value: float, by: float) -> float:
    return value + by if value else value


def results(answers: dict[str, Any], **declaration: str) -> dict[str, Any]:
    return {"declaration": {"name": "mine", **declaration}, "results": answers}


def test_right_answers_pass_all_vectors() -> None:
    found = report(VECTORS, results({name: right(vector) for name, vector in VECTORS.items()}))
    assert found.exit_status == 0
    assert found.verdict() == f"mine passes {len(VECTORS)} of {len(VECTORS)} vectors"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_error_of_two_budgets_fails_and_of_half_a_budget_passes(dtype: str) -> None:
    for vector in VECTORS.values():
        if vector["result"] == "valid" and any(vector["expected"]["budget"][dtype]):
            assert judged(vector, off_by(0.5, vector, dtype), dtype).status is Status.PASSED, vector["id"]
            assert judged(vector, off_by(2, vector, dtype), dtype).status is Status.FAILED, vector["id"]


@pytest.mark.parametrize("flag", some(VALUED, every=2))
def test_mistake_is_named_and_explains_all_failures(flag: str) -> None:
    answers = {
        name: {"attributions": vector["mistakes"][flag]} if flag in vector["flags"] else right(vector)
        for name, vector in VECTORS.items()
    }
    found = report(VECTORS, results(answers))
    assert found.exit_status == 1
    assert list(found.failing_flags()) == [flag]
    shown = "\n".join(found.lines())
    assert f"FAILS     {flag}: {flags()[flag]['mistake']}" in shown
    assert flags()[flag]["repair"] in shown


@pytest.mark.parametrize("flag", some(VALUED, every=2, first=1))
def test_mistake_in_float32_is_named_too(flag: str) -> None:
    answers = {
        name: {"attributions": mapped(vector["mistakes"][flag], lambda value: value * (1 + 2.0**-22))}
        if flag in vector["flags"]
        else right(vector)
        for name, vector in VECTORS.items()
    }
    assert list(report(VECTORS, results(answers, dtype="float32")).failing_flags()) == [flag]


VECTOR = VECTORS["dense-01"]


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        (lambda value: value * (1 + 2.0**-26), "SinglePrecision"),
        (lambda value: math.nan, "NotFinite"),
        (lambda value: math.inf, "NotFinite"),
        (lambda value: None, "NotFinite"),
        (lambda value: str(value), "NotFinite"),
        (lambda value: True, "NotFinite"),
        (lambda value: [value], "WrongShape"),
        (lambda value: value + 1, "Unexplained"),
    ],
)
def test_wrong_answer_of_no_listed_value_gets_its_flag(change: Callable[[float], Any], flag: str) -> None:
    answer = {"attributions": mapped(VECTOR["expected"]["attributions"], change)}
    assert judged(VECTOR, answer).flags == (flag,)


@pytest.mark.parametrize("answer", [None, [], [[]], 3, "text", [[1.0], [2.0, 3.0]], {}])
def test_answer_of_another_shape_fails(answer: Any) -> None:
    assert judged(VECTOR, {"attributions": answer}).flags == ("WrongShape",)


def test_element_that_is_equal_at_both_ends_must_be_exactly_0() -> None:
    vector = VECTORS["zero-01"]
    least = mapped(vector["expected"]["attributions"], lambda value: value or 5e-324)
    assert judged(vector, {"attributions": least}).flags == ("NotZero",)
    minus = mapped(vector["expected"]["attributions"], lambda value: value or -0.0)
    assert judged(vector, {"attributions": minus}).status is Status.PASSED


def test_error_on_a_valid_call_fails_and_on_an_acceptable_one_passes() -> None:
    assert judged(VECTOR, {"failed": "KeyError"}).flags == ("ErrorOnValidCall",)
    assert judged(VECTORS["one-baseline-for-all"], {"failed": "ValueError"}).status is Status.PASSED


def test_result_of_an_invalid_call_gets_the_flag_of_the_argument() -> None:
    assert judged(VECTORS["no-steps"], {"attributions": [[0.0]]}).flags == ("InvalidSteps",)


def test_harness_that_fails_everything_passes_no_invalid_call() -> None:
    found = report(VECTORS, results({name: {"failed": "no"} for name in VECTORS}))
    passed = {VECTORS[name]["result"] for name in found.ids(Status.PASSED)}
    assert passed == {"acceptable"}
    assert found.exit_status == 1


def test_zeros_pass_only_where_both_ends_are_equal() -> None:
    zeros = {
        name: {"attributions": mapped(vector["expected"]["attributions"], lambda value: 0.0)}
        for name, vector in VECTORS.items()
        if "expected" in vector
    }
    passed = report(VECTORS, results(zeros)).ids(Status.PASSED)
    assert passed
    assert all(VECTORS[name]["problem"]["inputs"] == VECTORS[name]["problem"]["baselines"] for name in passed)


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({}, 2),
        ({name: {"skipped": "not offered"} for name in VECTORS}, 2),
        ({"dense-01": right(VECTOR)}, 2),
        ({**{name: {"skipped": "not offered"} for name in VECTORS}, "dense-01": right(VECTOR)}, 0),
        ({"dense-01": {"no_answer": "it hangs"}}, 1),
    ],
    ids=["nothing", "all skipped", "one answer", "one answer and the rest skipped", "no answer"],
)
def test_exit_status_tells_failure_from_inconclusive(answers: dict[str, Any], status: int) -> None:
    assert report(VECTORS, results(answers)).exit_status == status


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "must be an object"),
        ({"results": {}}, "with a name"),
        ({"declaration": {"name": 3}, "results": {}}, "with a name"),
        (results({}, dtype="bfloat16"), "float64 or float32; got 'bfloat16'"),
        (results({"nothing": right(VECTOR)}), "'nothing', which is no vector"),
        (results({"dense-01": {}}), "dense-01: an answer must have one of attributions, skipped, failed"),
        (results({"dense-01": {"failed": "a", "skipped": "b"}}), "dense-01: an answer must have one of"),
    ],
)
def test_results_that_cannot_be_judged_are_explained(value: Any, said: str) -> None:
    with pytest.raises(BadResults) as error:
        report(VECTORS, value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
