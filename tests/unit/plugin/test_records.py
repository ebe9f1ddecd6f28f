"""The record of one test: which problems inform, which pass by an error, and its way from a worker."""

from __future__ import annotations

import math

import pytest

from reference.observing import AcceptedError, Comparison, Event, Returned
from reference.violation import Severity
from tests.plugin.records import Ledger, Record
from tests.unit.report.by_hand import record, verdict, violation


def compared(*sharpness: float) -> Comparison:
    return Comparison("it", 0.5, sharpness, 0.01)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([compared(0.02, 0.001), Returned("call")], ""),
        ([compared(0.001), compared(0.02, math.inf)], "the budget is not below 1/100 of the largest number compared"),
        ([compared(0.001), compared(math.inf, math.inf)], "the numbers compared are 0"),
        ([AcceptedError("call", "ValueError: it")], "no call returned a result"),
        ([AcceptedError("call", "ValueError: it"), Returned("another")], ""),
        ([], "no call returned a result"),
    ],
)
def test_problem_informs_if_each_comparison_informs_or_a_call_returned(seen: list[Event], why: str) -> None:
    made = record("one", problems=0)
    made.passed("float64", seen)
    assert (made.problems, made.informative, [*made.silent]) == (1, int(not why), [why] if why else [])


def test_problem_passes_by_error_if_nothing_is_compared() -> None:
    made = record("one", problems=0)
    for error in ("ValueError: target 3", "ValueError: target 45"):
        made.passed("float64", [AcceptedError("call", error), Returned("the valid call")])
    made.passed("float64", [AcceptedError("call", "ValueError: target 3"), compared(0.001)])
    assert made.by_error == {"ValueError: target N": 2}
    assert made.worst == 0.5
    (law,) = verdict(made).laws
    assert (law.problems, law.by_error, law.as_json("mine")["by_answer"]) == (3, 2, 1)


def test_record_is_the_same_after_a_worker_sent_it() -> None:
    sent = record("one", violation=violation(Severity.CRASH), lacking=["lig"], share=0.5)
    sent.shown["old-one"] += 2
    sent.unshown["old-one"] += 1
    sent.not_applicable["not finite"] += 1
    sent.silent["the numbers compared are 0"] += 3
    sent.by_error["ValueError: target"] += 4
    sent.add_sharpness("float64", [1e-13, 2e-13, 0.0])
    assert Record.loaded(sent.dumped()) == sent
    assert sent.sharpness == {"float64": {"-13": 2}}


def test_test_keeps_one_record_over_all_examples() -> None:
    ledger = Ledger()
    first = ledger.open(record("one"))
    assert ledger.open(record("one")) is first
    assert ledger.close() is first
    assert ledger.close() is None
