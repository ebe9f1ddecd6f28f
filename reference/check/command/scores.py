"""Token scores of any tool, read from JSON: the same question for them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reference.check.command.text import Encoded
from reference.check.command.token_names import other_token
from reference.check.numbers import MOST_DECIMALS
from reference.models.directory import CannotLoad
from reference.violation import first_line

MOST_TOKENS = 40
"""The tokens that an error lists."""


def read(path: str, encoded: Encoded, tokenizer: Any) -> tuple[Tensor, float]:
    """Scores (1, length), and half a unit of their last digit.

    Shapes   a JSON list of numbers or of (token, score) pairs, a list with one such list, or an object with "scores",
             and "tokens" if the tool gives them
    Raises   CannotLoad with one line, also if the tokens are not those of the text
    """
    if not Path(path).is_file():
        what = "is a folder" if Path(path).is_dir() else "does not exist"
        raise CannotLoad(f"--scores: {path} {what}; name a JSON file with a list of {encoded.length} numbers")
    try:
        content: Any = json.loads(Path(path).read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise CannotLoad(f"{path} is not a JSON file: {first_line(error)}") from error
    found, tokens = _numbers_and_tokens(content)
    if isinstance(found, list) and any(isinstance(one, float) for one in found):  # json makes floats of these alone
        raise CannotLoad(f"{path} has NaN or Infinity, which are no scores: look where they come from")
    if not isinstance(found, list) or not all(isinstance(one, int | Decimal) for one in found):
        raise CannotLoad(f'{path} must have a list of numbers, or an object with "scores"')
    if any(isinstance(one, bool) for one in found):
        raise CannotLoad(f"{path} has true or false: a score is a number")
    if len(found) != encoded.length:
        raise CannotLoad(_other_length(path, len(found), encoded))
    if (sentence := other_token(tokens, encoded, tokenizer)) is not None:
        raise CannotLoad(f"{path} has the scores of other tokens: {sentence}")
    digits = [-int(exponent) for one in found if isinstance(exponent := Decimal(one).as_tuple().exponent, int)]
    scores = torch.tensor([[float(one) for one in found]], dtype=torch.float64)
    if not bool(scores.isfinite().all()):
        raise CannotLoad(f"{path} has a number too large for float64, which is no score: look where it comes from")
    printed, narrow = max(digits, default=0), _decimals(scores)
    return scores, 0.5 * 10.0 ** -(printed if narrow is None else min(printed, narrow))


def _numbers_and_tokens(content: Any) -> tuple[Any, list[Any] | None]:
    """The numbers of the file, if it has any, and its tokens, if it names them."""
    tokens: Any = None
    if isinstance(content, dict):
        tokens, content = content.get("tokens"), content.get("scores", content.get("attributions"))
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], list):
        content = content[0]
    if isinstance(tokens, list) and len(tokens) == 1 and isinstance(tokens[0], list):
        tokens = tokens[0]
    if isinstance(content, list) and all(isinstance(one, list) and len(one) == 2 for one in content) and content:
        pairs = [one if isinstance(one[0], str) else reversed(one) for one in content]
        names, content = (list(one) for one in zip(*pairs, strict=True))
        if all(isinstance(name, str) for name in names):
            tokens = names
    return content, tokens if isinstance(tokens, list) else None


def _decimals(scores: Tensor) -> int | None:
    """The fewest decimals that give the scores, if they were rounded in a dtype that is narrower than JSON's float64.

    For example, 0.16 in float32 is 0.1599999964237213 in JSON.
    """
    dtypes = (torch.bfloat16, torch.float16, torch.float32)
    dtype = next((one for one in dtypes if torch.equal(scores.to(one).double(), scores)), None)
    if dtype is None or not bool(scores.any()):
        return None
    narrow = scores.to(dtype)
    return next((k for k in range(MOST_DECIMALS) if torch.equal(scores.round(decimals=k).to(dtype), narrow)), None)


def _other_length(path: str, length: int, encoded: Encoded) -> str:
    tokens = " ".join(encoded.tokens[:MOST_TOKENS]) + (" …" if encoded.length > MOST_TOKENS else "")
    special = list(dict.fromkeys(token for token, kept in zip(encoded.tokens, encoded.kept, strict=True) if kept))
    what = f"{path} has {length} scores, but the text has {encoded.length} tokens ({tokens})"
    if length == encoded.kept.count(False):
        return f"{what}: add 0 for the special tokens {', '.join(special)}, at their positions"
    return f"{what}: give one score for each token, 0 for {', '.join(special)}" if special else what
