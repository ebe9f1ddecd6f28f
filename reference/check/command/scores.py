"""Token scores of any tool, read from JSON: the same question for them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reference.check.command.columns import Column
from reference.check.command.text import Encoded
from reference.check.judgement import judged
from reference.check.numbers import Numbers
from reference.check.question import Question
from reference.check.result import CheckResult, Verdict
from reference.check.sides import Side
from reference.models.directory import CannotLoad
from reference.violation import first_line

MOST_TOKENS = 40
"""The tokens that an error lists."""


def read(path: str, encoded: Encoded) -> tuple[Tensor, float]:
    """Scores (1, length), and half a unit of their last digit.

    Shapes   a JSON list of numbers, a list with one such list, or an object with "scores"
    Raises   CannotLoad with one line
    """
    if not Path(path).is_file():
        what = "is a folder" if Path(path).is_dir() else "does not exist"
        raise CannotLoad(f"--scores: {path} {what}; name a JSON file with a list of {encoded.length} numbers")
    try:
        found: Any = json.loads(Path(path).read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise CannotLoad(f"{path} is not a JSON file: {first_line(error)}") from error
    if isinstance(found, dict):
        found = found.get("scores", found.get("attributions"))
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    if isinstance(found, list) and all(isinstance(one, list) and len(one) == 2 for one in found) and found:
        found = [one[1] if isinstance(one[0], str) else one[0] for one in found]  # (token, score) pairs
    if isinstance(found, list) and any(isinstance(one, float) for one in found):  # json makes floats of these alone
        raise CannotLoad(f"{path} has NaN or Infinity, which are no scores: look where they come from")
    if not isinstance(found, list) or not all(isinstance(one, int | Decimal) for one in found):
        raise CannotLoad(f'{path} must have a list of numbers, or an object with "scores"')
    if any(isinstance(one, bool) for one in found):
        raise CannotLoad(f"{path} has true or false: a score is a number")
    if len(found) != encoded.length:
        raise CannotLoad(_other_length(path, len(found), encoded))
    digits = [-int(exponent) for one in found if isinstance(exponent := Decimal(one).as_tuple().exponent, int)]
    resolution = 0.5 * 10.0 ** -max(digits, default=0)
    return torch.tensor([[float(one) for one in found]], dtype=torch.float64), resolution


def _other_length(path: str, length: int, encoded: Encoded) -> str:
    tokens = " ".join(encoded.tokens[:MOST_TOKENS]) + (" …" if encoded.length > MOST_TOKENS else "")
    special = list(dict.fromkeys(token for token, kept in zip(encoded.tokens, encoded.kept, strict=True) if kept))
    what = f"{path} has {length} scores, but the text has {encoded.length} tokens ({tokens})"
    if length == encoded.kept.count(False):
        return f"{what}: add 0 for the special tokens {', '.join(special)}, at their positions"
    return f"{what}: give one score for each token, 0 for {', '.join(special)}" if special else what


def answered(
    scores: Tensor,
    resolution: float,
    columns: list[Column],
    model: Any,
    encoded: Encoded,
    accuracy: float,
    told: tuple[str | None, int | None] = (None, None),
) -> tuple[str, CheckResult]:
    """The verdict for the column that the scores fit best, with its name: right for any column is right.

    `told` are the method and the number of steps, if the user knows them.
    """
    best: tuple[str, CheckResult] | None = None
    for column in columns:
        dtype = next(one.dtype for one in column.call.copies.own if one.is_floating_point())

        def numbers(side: Side) -> Numbers:
            space = side.path_and_space[1]
            return Numbers.of((scores,), space, 1, resolution)

        ids = encoded.ids if not column.call.layers else column.call.inputs[0]
        question = Question(
            call=column.call,
            numbers=numbers,
            dtype=dtype,
            method=told[0],
            n_steps=told[1],
            accuracy=accuracy,
            model=model,
            ids=ids,
        )
        result = judged(question)
        if result.verdict is Verdict.RIGHT:
            return column.name, result
        better = best is None or (result.mistakes and not best[1].mistakes)
        better = better or (
            result.verdict is Verdict.NOT_CONVERGED and best is not None and best[1].verdict is Verdict.WRONG
        )
        if better:
            best = column.name, result
    assert best is not None
    return best
