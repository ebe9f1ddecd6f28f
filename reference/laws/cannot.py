"""What torch cannot do for a subject on some model is not the subject's error: the law does not apply there.

The door is narrow. The error must be torch's own, out of torch, with one of the texts below; and torch must raise the
same error if a law differentiates the same model in the same way, without the subject. A subject that quotes torch, or
that fails in this way on a model where torch does not, violates the law.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem
from reference.raised import raised_by_subject
from reference.violation import first_line


def forwards(forward: Callable[[Tensor], Any], x: Tensor) -> None:
    """By forward mode."""
    torch.func.jvp(forward, (x,), (torch.ones_like(x),))


def backwards(forward: Callable[[Tensor], Any], x: Tensor) -> None:
    """By torch.func's reverse mode."""
    torch.func.vjp(forward, x)


LIMITS: dict[str, Callable[[Callable[[Tensor], Any], Tensor], None]] = {
    "Trying to use forward AD with": forwards,
    "don't yet support saved tensor hooks": backwards,
    "must override the setup_context": backwards,
}
"""A part of torch's text, and what raises it.

Flash attention has no forward mode; checkpoints, and modules with backward hooks, do not work under torch.func.
"""


def reason(error: BaseException | None, built: BuiltProblem) -> str | None:
    """Why torch cannot do on this model what the subject did, or None if the error is the subject's."""
    if not isinstance(error, NotImplementedError | RuntimeError) or raised_by_subject(error):
        return None
    for text, differentiate in LIMITS.items():
        if text in str(error) and _raises(text, differentiate, built):
            return f"torch cannot: {first_line(error).partition('. ')[0]}"
    return None


def _raises(text: str, differentiate: Callable[[Callable[[Tensor], Any], Tensor], None], built: BuiltProblem) -> bool:
    entry = built.embeddings
    try:
        differentiate(lambda points: entry.forward(points, *entry.arguments), entry.inputs.detach())
    except (NotImplementedError, RuntimeError) as error:
        return text in str(error)
    return False
