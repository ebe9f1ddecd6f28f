"""What torch cannot do for a subject on some model is not the subject's error: the law does not apply there.

The door is narrow. The error must be torch's own, out of torch, with one of the texts below; and torch must raise the
same error if a law differentiates the same model in the same way, without the subject. A subject that quotes torch, or
that fails in this way on a model where torch does not, violates the law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reference.raised import raised_by_subject
from reference.violation import NotApplicable, Violation, first_line

Scaled = Callable[[Tensor], Any]
"""The output of a forward whose inputs, and values in its layers, are multiplied by a number."""

Made = Callable[[], AbstractContextManager[Scaled]]
"""Such a forward, with a model of its own, inside a `with` that puts the mode of the call in force."""


def in_forward_mode(scaled: Scaled, one: Tensor) -> None:
    """By directional derivatives."""
    torch.func.jvp(scaled, (one,), (one,))


def in_reverse(scaled: Scaled, one: Tensor) -> None:
    """By the reverse mode of torch.func."""
    torch.func.vjp(scaled, one)


def in_a_batch(scaled: Scaled, one: Tensor) -> None:
    """By the vmap of torch.func."""
    torch.func.vmap(scaled)(torch.stack([one, one]))


LIMITS: dict[str, Callable[[Scaled, Tensor], None]] = {
    "Trying to use forward AD with": in_forward_mode,
    "don't yet support saved tensor hooks": in_reverse,
    "must override the setup_context": in_reverse,
    "that would mutate a captured Tensor": in_reverse,
    "does not have vmap support": in_a_batch,
}
"""A part of torch's text, and what raises it.

Flash attention has no forward mode. Checkpoints, modules with backward hooks, and tables with a max_norm do not work
under torch.func.
"""


@contextmanager
def torch_permitting(violation: type[Violation], made: Made) -> Iterator[None]:
    """Raises NotApplicable in place of a violation if torch cannot do on this model what the subject did."""
    __tracebackhide__ = True
    try:
        yield
    except violation as found:
        if why := reason(found.__cause__, made):
            raise NotApplicable(why) from None
        raise


def reason(error: BaseException | None, made: Made) -> str | None:
    """Why torch cannot do on this model what the subject did, or None if the error is the subject's."""
    if not isinstance(error, NotImplementedError | RuntimeError) or raised_by_subject(error):
        return None
    for text, differentiate in LIMITS.items():
        if text in str(error) and _raises(text, partial(_tried, differentiate, made)):
            return f"torch cannot: {first_line(error).partition('. ')[0]}"
    return None


def scaled(
    forward: Callable[..., Any], inputs: Sequence[Any], arguments: Sequence[Any], layers: Sequence[nn.Module] = ()
) -> Scaled:
    """The forward as a function of one number, which flows from its inputs and from its layers."""

    def run(number: Tensor) -> Any:
        with ExitStack() as stack:
            for layer in layers:
                before = layer.register_forward_pre_hook(lambda module, given: _times(given, number))
                behind = layer.register_forward_hook(lambda module, given, output: _times(output, number))
                stack.callback(before.remove)
                stack.callback(behind.remove)
            return forward(*(_times(given, number) for given in inputs), *arguments)

    return run


def _times(value: Any, number: Tensor) -> Any:
    if type(value) in (tuple, list):
        return type(value)(_times(part, number) for part in value)
    return value * number.to(value.dtype) if isinstance(value, Tensor) and value.is_floating_point() else value


def _tried(differentiate: Callable[[Scaled, Tensor], None], made: Made) -> None:
    with made() as of_number:
        differentiate(of_number, torch.ones(()))


def _raises(text: str, differentiate: Callable[[], None]) -> bool:
    try:
        differentiate()
    except Exception as error:  # whatever the forward raises
        return text in str(error)
    return False
