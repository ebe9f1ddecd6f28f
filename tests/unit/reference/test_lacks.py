"""What a subject declares that it lacks makes a call that uses it not applicable: the subject is never called so."""

from __future__ import annotations

from typing import Any

import pytest

from reference.form import Form
from reference.laws import LAWS, Law
from reference.models.bag import TinyBag
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.oracle.quadrature import METHODS
from reference.problem import Problem, Tokens
from reference.violation import NotApplicable, Violation
from strategies.domain import problems_for
from tests.unit.installed import skip_unless_applies
from tests.unit.strategies.drawing import simplest

NET = Problem(model=TinyNet(inputs=((1,),)), data=Numbers())
BAG = Problem(model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,))))

USED = [
    ("any_input_call", NET.asking(form=Form(tupled=True)), "tuples"),
    ("any_input_call", NET.asking(delta=True), "return_convergence_delta"),
    ("any_input_call", NET.asking(method="riemann_left"), "riemann_left"),
    ("any_layer_call", NET.asking(layer="layers.0", form=Form(listed=True)), "layers"),
    ("dummy", BAG, "tuples"),
    ("shares_of_layers", BAG, "layers"),
]


class Less:
    """A subject that offers less, and raises an error if it is called."""

    name, device = "less", "cpu"

    def __init__(self, *lacking: str) -> None:
        self.lacks = lacking

    def ig(self, *arguments: Any, **options: Any) -> Any:
        raise TypeError("it was called")

    lig = ig


@pytest.mark.parametrize(("law", "problem", "lacking"), USED, ids=[f"{name}-{lacking}" for name, _, lacking in USED])
def test_call_that_uses_what_the_subject_lacks_is_not_applicable(law: str, problem: Problem, lacking: str) -> None:
    with pytest.raises(NotApplicable, match=f"declares that it lacks {lacking}"):
        LAWS[law](problem, Less(lacking))


@pytest.mark.parametrize(("law", "problem"), [(law, problem) for law, problem, _ in USED])
def test_same_call_reaches_a_subject_that_lacks_something_else(law: str, problem: Problem) -> None:
    with pytest.raises(Violation, match="it was called"):
        LAWS[law](problem, Less("riemann_right"))


CALLING = [law for law in LAWS.values() if law.needs & {"ig", "lig"}]


@pytest.mark.parametrize("law", CALLING, ids=lambda law: law.name)
def test_no_law_calls_a_subject_with_a_rule_that_it_lacks(law: Law) -> None:
    skip_unless_applies(law)
    with pytest.raises(NotApplicable, match="declares that it lacks"):
        law(simplest(problems_for(law)), Less(*METHODS))
