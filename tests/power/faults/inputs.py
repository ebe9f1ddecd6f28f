"""Faults that show with some inputs only: by their number, rank, place in memory or in a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from reference.form import Form
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.problem import Call, Problem
from tests.power.faults.fault import Fault
from tests.power.faults.wrong_if import UNREPORTED, When, wrong_if


def rank(dims: int) -> When:
    """An input has so many dimensions."""
    return lambda seen: any(x.dim() == dims for x in seen.inputs)


def with_input(holds: Callable[[Tensor], Any]) -> When:
    """An input is like that."""
    return lambda seen: any(holds(x) for x in seen.inputs)


FAULTS = (
    Fault(
        "two inputs",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.inputs) == 2),
        witness=Problem(model=TinyNet(inputs=((1,), (1, 2))), data=Numbers()),
    ),
    Fault(
        "three inputs",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.inputs) == 3),
        witness=Problem(model=TinyNet(inputs=((2,), (), (1, 3))), data=Numbers()),
    ),
    Fault(
        "the same tensor twice",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.inputs) > 1 and seen.inputs[0] is seen.inputs[1]),
        witness=Problem(model=TinyNet(inputs=((3,), (3,))), data=Numbers(), call=Call(form=Form(twice=True))),
    ),
    Fault(
        "ids beside floats",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: len({x.is_floating_point() for x in seen.inputs}) > 1),
        witness=Problem(model=TinyNet(inputs=((1,),), tokens=1), data=Numbers(), call=Call(layer="encode.0")),
    ),
    Fault(
        "rank 1",
        "any_input_call",
        UNREPORTED,
        wrong_if(rank(1)),
        witness=Problem(model=TinyNet(inputs=((),)), data=Numbers()),
    ),
    Fault(
        "rank 2",
        "any_input_call",
        UNREPORTED,
        wrong_if(rank(2)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers()),
    ),
    Fault(
        "rank 4",
        "any_input_call",
        UNREPORTED,
        wrong_if(rank(4)),
        witness=Problem(model=TinyNet(inputs=((2, 3, 2),)), data=Numbers()),
    ),
    Fault(
        "rank 5",
        "any_input_call",
        UNREPORTED,
        wrong_if(rank(5)),
        witness=Problem(model=TinyNet(inputs=((2, 1, 2, 2),)), data=Numbers()),
    ),
    Fault(
        "input that is not contiguous",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_input(lambda x: not x.is_contiguous())),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(examples=5), call=Call(form=Form(inputs="slice"))),
    ),
    Fault(
        "slice",
        "any_layer_call",
        UNREPORTED,
        wrong_if(with_input(lambda x: x.stride(-1) > 1)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=2),
            data=Numbers(examples=2),
            call=Call(layer="encode.0", form=Form(inputs="transposed")),
        ),
    ),
    Fault(
        "expanded input",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_input(lambda x: len(x) > 1 and x.stride(0) == 0)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(examples=2), call=Call(form=Form(inputs="expanded"))
        ),
    ),
    Fault(
        "Parameter",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_input(lambda x: isinstance(x, nn.Parameter))),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(inputs="parameter"))),
    ),
    Fault(
        "non-leaf",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_input(lambda x: not x.is_leaf)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(inputs="non-leaf"))),
    ),
    Fault(
        "non-leaf at layers",
        "any_layer_call",
        UNREPORTED,
        wrong_if(with_input(lambda x: not x.is_leaf)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="encode.0", form=Form(inputs="non-leaf"))
        ),
    ),
    Fault(
        "input that needs a gradient",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_input(lambda x: x.is_leaf and x.requires_grad)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(inputs="parameter"))),
    ),
)
