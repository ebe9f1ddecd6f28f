"""Captum and the axioms: tensors that F does not depend on."""

from __future__ import annotations

from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.problem import Problem, Tokens
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect

AXIOMS = (
    KnownDefect(
        id="unused-input",
        distribution="captum",
        versions=">=0.1",
        law="dummy",
        effect="IG fails where the forward does not use one of its inputs, whose attribution is 0",
        severity=Severity.CRASH,
        upstream="https://github.com/meta-pytorch/captum/issues/1141",
        witness=Problem(model=TinyBag(), data=Tokens(ids=((0,),), baseline=((1,),))),
    ),
    KnownDefect(
        id="layers-in-series",
        distribution="captum",
        versions=">=0.3",
        law="layers_in_series",
        effect="joint LIG over layers of which one overrides another fails with an error that names no layer",
        severity=Severity.UNCLEAR_ERROR,
        upstream=UNREPORTED,
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),))),
    ),
)
