"""Laws on a family that one file added: prints as JSON what is found, drawn, read back and judged."""

from __future__ import annotations

import json
from pathlib import Path

import reference.models

reference.models.__path__.append(str(Path(__file__).parent / "new_family"))

from hypothesis import given, settings  # noqa: E402

from reference.laws import LAWS  # noqa: E402
from reference.models.families import FAMILIES  # noqa: E402
from reference.problem import Problem  # noqa: E402
from strategies.domain import applies, problems_for  # noqa: E402
from tests.report.parsing import problem_from  # noqa: E402
from tests.subjects.textbook import Textbook  # noqa: E402
from tests.unit.strategies.drawing import STEADY  # noqa: E402

FAMILY = FAMILIES["opt"]


def drawn(law: str) -> list[str]:
    """The law holds on a few problems of the family, whose texts are returned."""
    texts: list[str] = []

    @settings(STEADY, max_examples=10)
    @given(problem=problems_for(LAWS[law], family=FAMILY))
    def check(problem: Problem) -> None:
        assert problem_from(repr(problem)) == problem
        LAWS[law](problem, Textbook())
        texts.append(repr(problem))

    check()
    return texts


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "drawn": {law: drawn(law) for law in ("layer_attribution", "masked_tokens", "unread_positions")},
                "not applicable": {law.name: reason for law in LAWS.values() if (reason := applies(law, FAMILY))},
            }
        )
    )
