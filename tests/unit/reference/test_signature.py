"""`check_signature` names what is missing in a subject, before a law calls it."""

from __future__ import annotations

from typing import Any

import pytest

from reference.laws import LAWS
from reference.subject import Subject, check_signature
from tests.subjects.captum.adapter import Captum
from tests.subjects.oracle.adapter import OracleSubject
from tests.subjects.textbook import Textbook


class FewArguments:
    def ig(self, forward: Any, inputs: Any, baselines: Any = None, *, target: Any = None, n_steps: int = 50) -> Any: ...


class OneMore:
    def lig(self, model: Any, layer: Any, inputs: Any, baselines: Any, tokenizer: Any, **options: Any) -> Any: ...


class ByPlace:
    name = "by place"

    def ig(self, model: Any, /, *arguments: Any, **options: Any) -> Any: ...


class Nothing: ...


@pytest.mark.parametrize(
    "subject", [Captum(), Textbook(), OracleSubject(), ByPlace()], ids=lambda it: type(it).__name__
)
def test_subject_that_takes_every_argument_is_accepted(subject: object) -> None:
    check_signature(subject)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            FewArguments(),
            "FewArguments.ig does not take the argument(s) additional_forward_args, method, internal_batch_size, "
            "return_convergence_delta, multiply_by_inputs, which laws pass",
        ),
        (OneMore(), "OneMore.lig requires the argument(s) tokenizer, which laws do not pass"),
        (Nothing(), "Nothing has none of the methods ig, lig, scores, nodes, edges"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_subject_that_laws_cannot_call_is_named_in_one_line(subject: object, text: str) -> None:
    with pytest.raises(TypeError) as error:
        check_signature(subject)
    assert str(error.value) == text


def test_protocol_says_how_many_laws_need_refuses() -> None:
    needing = sum("refuses" in law.needs for law in LAWS.values())
    assert f"without that promise: {needing} laws" in " ".join(str(Subject.__doc__).split())
