"""Each operator makes its changes. A mutant is killed if a test detects it, and survives if not."""

from __future__ import annotations

import ast
import importlib
import os
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.power.mutation.campaign import SOURCES, judged, located
from tests.power.mutation.equivalent import EQUIVALENT
from tests.power.mutation.operators import OPERATORS, condition, mutants
from tests.power.mutation.server import in_child

CHANGES = [
    ("arithmetic", "y = x + n", {"y = x - n"}),
    ("arithmetic", "y = (x - n) * x", {"y = (x - n) / x", "y = (x + n) * x"}),
    ("arithmetic", "y = x // n", {"y = x * n"}),
    ("arithmetic", "y = -x", {"y = (x)"}),
    ("arithmetic", "x += n", {"x -= n"}),
    ("comparison", "y = x < n", {"y = x <= n", "y = x >= n"}),
    ("comparison", "y = 0 < x <= n", {"y = 0 <= x <= n", "y = 0 >= x <= n", "y = 0 < x < n", "y = 0 < x > n"}),
    ("comparison", "y = x is None", {"y = x is not None"}),
    ("connective", "y = x and n", {"y = (x or n)"}),
    ("connective", "y = not (x or n)", {"y = (x or n)", "y = not ((x and n))"}),
    ("condition", "y = x if n else None", {"y = x if (not n) else None"}),
    ("condition", "y = [i for i in x if i or n]", {"y = [i for i in x if (not (i or n))]"}),
    ("condition", "y = x if not n else 0", set()),
    ("constant", "y = (0, 0.5, True)", {"y = (1, 0.5, True)", "y = (0, 1.5, True)", "y = (0, 0.5, False)"}),
    ("returned", "return x", {"return None"}),
    ("returned", "return", set()),
    ("statement", "x.f()", {"pass"}),
    ("statement", "assert x, n + 1", {"pass"}),
    ("statement", "raise ValueError(n + 1)", {"pass"}),
    ("bounds", "y = x[1:n]", {"y = x[:n]", "y = x[1:]", "y = x[1:n + 1]"}),
    ("function", "y = max(x, n)", {"y = min(x, n)"}),
    ("function", "y = x.sum(n)", {"y = x.mean(n)"}),
    ("method", "y = x.clone()", {"y = x"}),
    ("argument", "y = f(x, n, k=x)", {"y = f(x, k=x)", "y = f(x, n)"}),
    ("argument", "y = f(x)", set()),
    ("argument", "y = isinstance(x, n)", set()),
    ("argument", "y = f(x, strict=True)", {"y = f(strict=True)"}),
]


@pytest.mark.parametrize(("operator", "line", "after"), CHANGES)
def test_operator_changes_one_thing(operator: str, line: str, after: set[str]) -> None:
    made = mutants(f"def f(x, n):\n    {line}\n", "f.py")
    assert {mutant.after for mutant in made if mutant.operator == operator} == after


def test_every_operator_is_shown() -> None:
    assert {operator for operator, _, _ in CHANGES} == {operator.__name__ for operator in (*OPERATORS, condition)}


@pytest.mark.parametrize("line", ['raise ValueError(f"{n + 1}", n + 1)', 'y = f"{n + 1}"', "y: Any[1]", "import x.y"])
def test_text_and_types_are_not_mutated(line: str) -> None:
    made = mutants(f"def f(n: Any[1]) -> Any[1]:\n    {line}\n", "f.py")
    assert [mutant.after for mutant in made] in ([], ["pass"])


def test_mutants_compile_and_differ_in_one_line() -> None:
    source = located("textbook")[SOURCES["textbook"][0]].read_text(encoding="utf-8")
    made = list(mutants(source, "scalar.py"))
    assert len({mutant.source for mutant in made} - {source}) == len(made)
    for mutant in made:
        ast.parse(mutant.source)
        changed = mutant.source.splitlines()[mutant.line - 1 :]
        assert source.splitlines()[: mutant.line - 1] == mutant.source.splitlines()[: mutant.line - 1]
        assert mutant.after in " ".join(" ".join(changed).split())


def test_lines_that_did_not_run_are_not_mutated() -> None:
    source = (
        "def f(n=1):\n    if n > 1:\n        return n + 1\n    return (\n        n\n    )\ndef g():\n    return 1\n"
    )
    assert {mutant.line for mutant in mutants(source, "f.py", {2, 5})} == {1, 2, 4}


@pytest.mark.parametrize("decorator", ["overload", "typing.overload"])
def test_overload_is_not_mutated(decorator: str) -> None:
    source = f"@{decorator}\ndef f(n: int = 1) -> int: ...\ndef f(n=1):\n    return n\n"
    assert {mutant.line for mutant in mutants(source, "f.py")} == {3, 4}


@pytest.mark.parametrize("subject", SOURCES)
def test_every_mutant_listed_as_equivalent_exists(subject: str) -> None:
    """If the source changes, the list must change too."""
    if subject == "captum" and version("captum") != "0.9.0":
        pytest.skip(f"the mutants of captum 0.9.0 are listed, not those of {version('captum')}")
    files = located(subject)
    made = {mutant.key for path, file in files.items() for mutant in mutants(file.read_text(encoding="utf-8"), path)}
    assert {key for key in EQUIVALENT if key[0] in files} <= made


SOURCE = "def double(x):\n    return x + abs(x)\n"


def judge(path: Path, first_kill: Any, equivalents: Any = None) -> dict[str, tuple[str, str | None]]:
    """The verdict and the killer of each mutant, by its changed line."""
    found = mutants(SOURCE, "planted_for_a_test.py")
    ends = judged(found, {"planted_for_a_test.py": path}, lambda mutant: first_kill(), equivalents or {}, limit=1)
    return {end.mutant.after: (end.verdict, end.killer) for end in ends}


def broken_law(x: int) -> dict[str, str] | None:
    """The first law that fails: f(x) = 2 |x|."""
    double = importlib.import_module("planted_for_a_test").double
    return None if double(x) == 2 * abs(x) else {"law": "doubled", "how": "wrong"}


def test_mutant_is_killed_only_by_a_test_that_detects_it(tmp_path: Path) -> None:
    seen, missed = "return x - abs(x)", "return None"
    assert judge(tmp_path, lambda: broken_law(1)) == {seen: ("killed", "doubled"), missed: ("killed", "doubled")}
    assert judge(tmp_path, lambda: broken_law(0)) == {seen: ("survived", None), missed: ("killed", "doubled")}


def test_equivalent_mutant_is_not_run(tmp_path: Path) -> None:
    was, becomes = "return x + abs(x)", "return x - abs(x)"
    ends = judge(tmp_path, lambda: broken_law(1), {("planted_for_a_test.py", was, becomes): "a reason"})
    assert ends[becomes] == ("equivalent", None)


@pytest.mark.parametrize(
    ("work", "ended_by"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: exec("while True: pass"), "timeout"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "SIGTERM"),
        (lambda: os._exit(3), "exit 3"),
    ],
    ids=["error", "endless loop", "crash", "exit"],
)
def test_child_without_a_result_says_why(work: Any, ended_by: str) -> None:
    child = in_child(work, limit=1)
    assert (child.result, child.ended_by) == (None, ended_by)
