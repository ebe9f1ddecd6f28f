"""Faults that show with some additional arguments, baselines or values of F only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reference.form import Form
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.problem import Call, Problem
from tests.power.faults.fault import Fault
from tests.power.faults.wrong_if import UNREPORTED, When, wrong_delta_if, wrong_if


def with_argument(holds: Callable[[Any], Any]) -> When:
    """An additional argument is like that."""
    return lambda seen: any(holds(argument) for argument in seen.arguments)


def of_dtype(*dtypes: torch.dtype) -> Callable[[Any], Any]:
    """A tensor of that dtype."""
    return lambda value: isinstance(value, Tensor) and value.dtype in dtypes


def with_baseline(holds: Callable[[Any], Any]) -> When:
    """A baseline is like that."""
    return lambda seen: any(holds(baseline) for baseline in seen.baselines)


FAULTS = (
    Fault(
        "baselines that are the inputs",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: seen.baselines and seen.baselines[0] is seen.x, lambda part: part + 1),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(baselines="inputs"))),
    ),
    Fault(
        "bool argument",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_argument(of_dtype(torch.bool))),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(arguments=("bool",)))),
    ),
    Fault(
        "float argument",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_argument(of_dtype(torch.float32, torch.float64))),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(arguments=("float",)))),
    ),
    Fault(
        "argument of rank 3",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_argument(lambda value: isinstance(value, Tensor) and value.dim() == 3)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(arguments=("3-D",)))),
    ),
    Fault(
        "argument of rank 4",
        "any_layer_call",
        UNREPORTED,
        wrong_if(with_argument(lambda value: isinstance(value, Tensor) and value.dim() == 4)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="encode.0", form=Form(arguments=("4-D",)))
        ),
    ),
    Fault(
        "argument that needs a gradient",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_argument(lambda value: getattr(value, "requires_grad", False))),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(arguments=("needs grad",)))),
    ),
    Fault(
        "argument in a dict",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_argument(lambda value: isinstance(value, dict))),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(arguments=("settings",)))),
    ),
    Fault(
        "argument alone",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: isinstance(seen.options.get("additional_forward_args"), Tensor)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(arguments=("float",), alone=True))
        ),
    ),
    Fault(
        "argument that is not contiguous",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_argument(lambda value: isinstance(value, Tensor) and not value.is_contiguous())),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(examples=2),
            call=Call(form=Form(arguments=("int64",), arguments_layout="transposed")),
        ),
    ),
    Fault(
        "baseline that is not contiguous",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_baseline(lambda one: isinstance(one, Tensor) and not one.is_contiguous())),
        witness=Problem(
            model=TinyNet(inputs=((3,), (3,))),
            data=Numbers(examples=2),
            call=Call(form=Form(baselines="transposed", twice=True)),
        ),
    ),
    Fault(
        "baseline that needs a gradient",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_baseline(lambda one: getattr(one, "requires_grad", False))),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(baselines="parameter"))),
    ),
    Fault(
        "baseline that is a float",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_baseline(lambda one: isinstance(one, float))),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(baselines="number"))),
    ),
    Fault(
        "baseline that is an int at layers",
        "any_layer_call",
        UNREPORTED,
        wrong_if(with_baseline(lambda one: isinstance(one, int) and one)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1, table="sparse"),
            data=Numbers(),
            call=Call(layer="encode.0", form=Form(baselines="number")),
        ),
    ),
    Fault(
        "no baseline",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: not seen.baselines),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(baselines="left out"))),
    ),
    Fault(
        "numbers beside tensors as baselines",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: len({isinstance(one, Tensor) for one in seen.baselines}) > 1),
        witness=Problem(
            model=TinyNet(inputs=((2,), (), (1, 3))), data=Numbers(), call=Call(form=Form(baselines="mixed"))
        ),
    ),
    Fault(
        "NaN turned into 0",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: True, lambda part: torch.nan_to_num(part, 0, 0, 0)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(examples=2, nonfinite="gain"),
            call=Call(form=Form(arguments=("float",))),
        ),
    ),
    Fault(
        "infinite delta turned into 0",
        "any_input_call",
        UNREPORTED,
        wrong_delta_if(lambda seen: True, lambda delta: torch.nan_to_num(delta, 0, 0, 0)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), offset=True),
            data=Numbers(examples=2, nonfinite="offset"),
            call=Call(delta=True),
        ),
    ),
    Fault(
        "large values cut off",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: True, lambda part: part.clamp(-100, 100)),
        witness=Problem(model=TinyNet(inputs=((1,),), scale=10000.0), data=Numbers()),
    ),
    Fault(
        "small values turned into 0",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: True, lambda part: part * (part.abs() > 1e-6)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), scale=0.0001), data=Numbers(), call=Call(form=Form(arguments=("bool",)))
        ),
    ),
)
