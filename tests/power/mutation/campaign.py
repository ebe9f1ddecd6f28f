"""The result of every mutant: killed, survived, or equivalent to the original."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.power.mutation.operators import Mutant
from tests.power.mutation.server import ChildResult, in_child, planted

Key = tuple[str, str, str]

CHECKOUT = Path(__file__).parents[3]

BELOW_THE_LAWS = (
    "reference/oracle/**/*.py",
    "reference/models/*.py",
    "reference/laws/law.py",
    "reference/violation.py",
    "strategies/*.py",
)

SOURCES = {
    "textbook": (
        "tests/subjects/textbook/scalar.py",
        "tests/subjects/textbook/integrated_gradients.py",
        "tests/subjects/textbook/layers.py",
        "tests/subjects/textbook/checks.py",
    ),
    "captum": (
        "captum/attr/_core/integrated_gradients.py",
        "captum/attr/_core/layer/layer_integrated_gradients.py",
        "captum/attr/_utils/approximation_methods.py",
        "captum/attr/_utils/batching.py",
        "captum/attr/_utils/common.py",
        "captum/_utils/common.py",
        "captum/_utils/gradient.py",
    ),
    "reference": tuple(
        str(file.relative_to(CHECKOUT)) for pattern in BELOW_THE_LAWS for file in sorted(CHECKOUT.glob(pattern))
    ),
}
"""The mutated files: of a subject, or of the code below the laws and the strategies."""


@dataclass(frozen=True)
class Judged:
    """A mutant, and the law or test that killed it and how, or the reason why it is equivalent, or neither."""

    mutant: Mutant
    killer: str | None = None
    how: str | None = None
    equivalent: str | None = None
    seconds: float | None = None

    @property
    def verdict(self) -> str:
        return "killed" if self.killer else "equivalent" if self.equivalent else "survived"


def located(subject: str) -> dict[str, Path]:
    """The paths of the sources, by their names in SOURCES. Nothing is imported."""
    package = SOURCES[subject][0].split("/")[0]
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise LookupError(f"subject {subject!r} needs the package {package!r}, which is not installed")
    root = Path(spec.origin).parent.parent
    return {path: root / path for path in SOURCES[subject]}


def judged(
    mutants: Iterable[Mutant],
    files: Mapping[str, Path],
    first_kill: Callable[[Mutant], Any],
    equivalents: Mapping[Key, str],
    limit: float,
) -> Iterator[Judged]:
    """The result of each mutant. `first_kill` returns {law, how, …} of the first law or test that fails, or None.

    Equivalent mutants are not tried.
    """
    for mutant in mutants:
        reason = equivalents.get(mutant.key)
        if reason:
            yield Judged(mutant, equivalent=reason)
        else:
            yield _ended(mutant, in_child(lambda mutant=mutant: _killed_by(mutant, files, first_kill), limit))  # type: ignore[misc]


def _killed_by(mutant: Mutant, files: Mapping[str, Path], first_kill: Callable[[Mutant], Any]) -> Any:
    module = mutant.path.removesuffix(".py").replace("/", ".")
    planted(module, str(files[mutant.path]), mutant.source)
    return first_kill(mutant)


def _ended(mutant: Mutant, child: ChildResult) -> Judged:
    if child.ended_by:
        return Judged(mutant, killer=f"none: {child.ended_by}", how=child.ended_by, seconds=child.seconds)
    if child.result:
        return Judged(mutant, killer=child.result["law"], how=child.result["how"], seconds=child.seconds)
    return Judged(mutant, seconds=child.seconds)
