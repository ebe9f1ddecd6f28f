"""A file of results, judged: which vectors pass, and which flags explain the others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference.vectors.files import flags
from reference.vectors.judge import Outcome, Status, judged

DTYPES = ("float64", "float32")

ANSWERS = ("attributions", "skipped", "failed", "no_answer")


class BadResults(ValueError):
    """The results cannot be judged. The message is one line that says why."""


@dataclass(frozen=True)
class Report:
    """The outcome of each vector, by id, for one declaration."""

    declaration: Mapping[str, Any]
    outcomes: Mapping[str, Outcome]

    def ids(self, status: Status) -> list[str]:
        """The vectors with that status."""
        return [name for name, outcome in self.outcomes.items() if outcome.status is status]

    @property
    def exit_status(self) -> int:
        """1 if a vector fails; 2 if none passes, or a vector has no answer; else 0."""
        if self.ids(Status.FAILED):
            return 1
        return 2 if self.ids(Status.MISSING) or not self.ids(Status.PASSED) else 0

    def failing_flags(self) -> dict[str, list[str]]:
        """The fewest flags that explain all failures, each with the vectors that it explains.

        One mistake often gives the value of another one. The flag that explains most vectors comes first.
        """
        order = list(flags())
        left = {name: self.outcomes[name].flags for name in self.ids(Status.FAILED)}
        found: dict[str, list[str]] = {}
        while left:
            counted = Counter(flag for names in left.values() for flag in names)
            flag = max(counted, key=lambda one: (counted[one], -order.index(one)))
            found[flag] = [name for name, names in left.items() if flag in names]
            left = {name: names for name, names in left.items() if flag not in names}
        return found

    def lines(self) -> Iterator[str]:
        """The report for people."""
        known = flags()
        for flag, names in self.failing_flags().items():
            vectors = "1 vector" if len(names) == 1 else f"{len(names)} vectors"
            yield f"FAILS     {flag}: {known[flag]['mistake']} ({vectors})"
            yield f"  repair  {known[flag]['repair']}"
            for name in names[:2]:
                yield f"  vector  {name}: {self.outcomes[name].why}"
        for reason, count in Counter(self.outcomes[name].why for name in self.ids(Status.SKIPPED)).most_common(10):
            yield f"skipped   {count}: {reason}"
        yield f"vectors   {', '.join(f'{len(self.ids(status))} {status.value}' for status in Status)}"
        yield f"verdict   {self.verdict()}"

    def verdict(self) -> str:
        """One line."""
        name = " ".join(str(self.declaration[key]) for key in ("name", "version") if key in self.declaration)
        passed = f"{len(self.ids(Status.PASSED))} of {len(self.outcomes)} vectors"
        if self.exit_status == 1:
            return f"{name} passes {passed} and fails {', '.join(self.failing_flags())}"
        if self.exit_status == 2:
            missing = self.ids(Status.MISSING)
            why = f"{len(missing)} vectors have no answer, for example {missing[0]}" if missing else "no vector passed"
            return f"inconclusive: {why}"
        return f"{name} passes {passed}"


def report(vectors: Mapping[str, Mapping[str, Any]], results: Any) -> Report:
    """Judge results, as a JSON object, on the vectors.

    Raises   BadResults
    """
    declaration, answers = _parts(results)
    if unknown := [name for name in answers if name not in vectors]:
        raise BadResults(f"the results name {unknown[0]!r}, which is no vector of this version")
    dtype = declaration.get("dtype", "float64")
    outcomes = {name: judged(vector, answers.get(name), dtype) for name, vector in vectors.items()}
    return Report(declaration, {name: _with_twin(vectors[name], one, outcomes) for name, one in outcomes.items()})


def _with_twin(vector: Mapping[str, Any], outcome: Outcome, outcomes: Mapping[str, Outcome]) -> Outcome:
    """An error on an invalid call shows something only if the valid call passes, from which the call differs."""
    if vector["result"] != "invalid" or outcome.status is not Status.PASSED:
        return outcome
    if outcomes[vector["valid_twin"]].status is Status.PASSED:
        return outcome
    return Outcome(Status.SKIPPED, why=f"an error shows nothing, because {vector['valid_twin']} does not pass")


def read(path: Path) -> Any:
    """The JSON of a file of results.

    Raises   BadResults
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadResults(f"{path} cannot be read as JSON: {' '.join(str(error).split())}") from error


def check_declaration(declaration: Any) -> Mapping[str, Any]:
    """The declaration, which names the implementation.

    Raises   BadResults
    """
    if not isinstance(declaration, dict) or not isinstance(declaration.get("name"), str):
        raise BadResults('the declaration must be an object with a name, for example {"name": "my-ig"}')
    if declaration.get("dtype", DTYPES[0]) not in DTYPES:
        raise BadResults(f"the dtype must be {_either(DTYPES)}; got {declaration['dtype']!r}")
    return declaration


def check_answer(answer: Any) -> None:
    """The answer has exactly one of the four forms.

    Raises   BadResults
    """
    if not isinstance(answer, dict) or len([key for key in ANSWERS if key in answer]) != 1:
        shown = list(answer) if isinstance(answer, dict) else answer
        raise BadResults(f"an answer must have one of {', '.join(ANSWERS[:3])}; got {str(shown)[:80]}")


def _parts(results: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if not isinstance(results, dict) or not isinstance(results.get("results"), dict):
        raise BadResults("the results must be an object with `declaration` and `results`, an object of answers by id")
    declaration = check_declaration(results.get("declaration"))
    for name, answer in results["results"].items():
        try:
            check_answer(answer)
        except BadResults as error:
            raise BadResults(f"{name}: {error}") from None
    return declaration, results["results"]


def _either(names: Sequence[str]) -> str:
    return " or ".join(names)
