"""What torch cannot do on a model excuses a subject there, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from reference.laws import LAWS
from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.models.versions import ATTENTIONS
from reference.problem import Call, Problem, Tokens
from reference.violation import NotApplicable, Severity
from tests.subjects.textbook import Textbook

DATA = Tokens(ids=((0, 1),), baseline=((1, 1),))
FLASH = Problem(
    model=TinyBert(hidden=4, heads=2, intermediate=3, attention=ATTENTIONS[-1]), data=DATA, call=Call(n_steps=2)
)
BAG = Problem(model=TinyBag(), data=DATA, call=Call(n_steps=2))

LAW = LAWS["input_attribution"]


def in_forward_mode(forward: Any, inputs: Any, *given: Any, **options: Any) -> Any:
    """What torch raises in forward mode, if the model has flash attention."""
    more = options["additional_forward_args"]
    torch.func.jvp(lambda x: forward(x, *more), (inputs,), (torch.ones_like(inputs),))
    return Textbook.ig(forward, inputs, *given, **options)


def somewhere_else(forward: Any, *given: Any, **options: Any) -> Any:
    """What torch raises for flash attention, provoked by the subject's own."""
    q = torch.ones(1, 1, 2, 2)
    torch.func.jvp(lambda x: torch.nn.functional.scaled_dot_product_attention(x, x, x), (q,), (q,))


def quoting(*given: Any, **options: Any) -> Any:
    """torch's words, raised by the subject."""
    raise NotImplementedError("Trying to use forward AD with flash attention that does not support it")


def flash_attention_has_forward_mode() -> bool:
    try:
        somewhere_else(None)
    except NotImplementedError:
        return False
    return True


pytestmark = pytest.mark.skipif(
    not hasattr(torch, "func") or ATTENTIONS[-1] != "sdpa" or flash_attention_has_forward_mode(),
    reason="this torch can do what is tried here, or BERT has no such attention",
)


class Subject:
    name, device = "subject", "cpu"

    def __init__(self, ig: Any) -> None:
        self.ig = ig


def test_forward_mode_through_flash_attention_is_not_applicable_with_the_reason_of_torch() -> None:
    with pytest.raises(NotApplicable, match=r"torch cannot: Trying to use forward AD with .*flash"):
        LAW(FLASH, Subject(in_forward_mode))


def test_forward_mode_on_another_model_is_judged() -> None:
    LAW(BAG, Subject(in_forward_mode))


@pytest.mark.parametrize(("problem", "ig"), [(BAG, somewhere_else), (BAG, quoting), (FLASH, quoting)])
def test_reason_that_torch_does_not_give_on_the_model_excuses_nothing(problem: Problem, ig: Any) -> None:
    with pytest.raises(LAW.violation, match="NotImplementedError") as found:
        LAW(problem, Subject(ig))
    assert found.value.severity == Severity.CRASH
