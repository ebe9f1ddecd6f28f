"""Faults that show where two options meet: each option alone is right."""

from __future__ import annotations

import torch
from torch import Tensor

from reference.form import Form, Mode
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.problem import Call, Problem
from tests.power.faults.fault import Fault
from tests.power.faults.wrong_if import UNREPORTED, Seen, When, wrong_delta_if, wrong_if


def in_chunks(when: When) -> When:
    """The condition, in a call with internal_batch_size."""
    return lambda seen: seen.chunk and when(seen)


def one_for_all(seen: Seen) -> bool:
    """A baseline has one row, for several examples."""
    return any(isinstance(one, Tensor) and len(one) == 1 < len(seen.x) for one in seen.baselines)


FAULTS = (
    Fault(
        "chunks at the input of a layer",
        "any_layer_call",
        UNREPORTED,
        wrong_if(in_chunks(lambda seen: seen.at_input)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="layers.0:input", internal_batch_size=1)
        ),
    ),
    Fault(
        "chunks with one baseline for all",
        "any_input_call",
        UNREPORTED,
        wrong_if(in_chunks(one_for_all)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(examples=2),
            call=Call(internal_batch_size=2, form=Form(baselines="one example")),
        ),
    ),
    Fault(
        "chunks without the factor",
        "any_input_call",
        UNREPORTED,
        wrong_if(in_chunks(lambda seen: seen.averaged)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(internal_batch_size=2, multiply_by_inputs=False)
        ),
    ),
    Fault(
        "chunks of several inputs",
        "any_input_call",
        UNREPORTED,
        wrong_if(in_chunks(lambda seen: len(seen.inputs) > 1)),
        witness=Problem(model=TinyNet(inputs=((2,), (), (1, 3))), data=Numbers(), call=Call(internal_batch_size=1)),
    ),
    Fault(
        "chunks with a target of two indices",
        "any_input_call",
        UNREPORTED,
        wrong_if(in_chunks(lambda seen: isinstance(seen.target, tuple))),
        witness=Problem(
            model=TinyNet(inputs=((1,),), output=(2, 2)),
            data=Numbers(),
            call=Call(target=(0, 0), internal_batch_size=2),
        ),
    ),
    Fault(
        "chunks of several layers",
        "any_layer_call",
        UNREPORTED,
        wrong_if(in_chunks(lambda seen: len(seen.layers) > 1)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1),
            data=Numbers(),
            call=Call(layer="encode.0", internal_batch_size=1, more_layers=("table",)),
        ),
    ),
    Fault(
        "chunks under no_grad",
        "any_input_call",
        UNREPORTED,
        wrong_if(in_chunks(lambda seen: not torch.is_grad_enabled())),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(internal_batch_size=1, mode=Mode(grad="no_grad"))
        ),
    ),
    Fault(
        "delta of several layers",
        "any_layer_call",
        UNREPORTED,
        wrong_delta_if(lambda seen: len(seen.layers) > 1),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1, table="max_norm"),
            data=Numbers(),
            call=Call(layer="encode.0", more_layers=("table",), delta=True),
        ),
    ),
    Fault(
        "delta of several inputs",
        "any_input_call",
        UNREPORTED,
        wrong_delta_if(lambda seen: len(seen.inputs) > 1),
        witness=Problem(model=TinyNet(inputs=((1,), (1, 2))), data=Numbers(), call=Call(delta=True)),
    ),
    Fault(
        "delta with one baseline for all",
        "any_input_call",
        UNREPORTED,
        wrong_delta_if(one_for_all),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(examples=2),
            call=Call(delta=True, form=Form(baselines="one example")),
        ),
    ),
    Fault(
        "average gradient of several layers",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.layers) > 1 and seen.averaged),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1),
            data=Numbers(),
            call=Call(layer="encode.0", more_layers=("table",), multiply_by_inputs=False),
        ),
    ),
    Fault(
        "average gradient of several inputs",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.inputs) > 1 and seen.averaged),
        witness=Problem(model=TinyNet(inputs=((2,), (), (1, 3))), data=Numbers(), call=Call(multiply_by_inputs=False)),
    ),
    Fault(
        "average gradient in half precision",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: seen.half and seen.averaged),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(dtype="bfloat16", multiply_by_inputs=False)
        ),
    ),
    Fault(
        "layers in half precision",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: seen.half),
        witness=Problem(
            model=TinyNet(inputs=((1,),), weight_seed=1), data=Numbers(), call=Call(dtype="bfloat16", layer="encode.0")
        ),
    ),
    Fault(
        "half precision in chunks",
        "any_input_call",
        UNREPORTED,
        wrong_if(in_chunks(lambda seen: seen.half)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(dtype="bfloat16", internal_batch_size=2)
        ),
    ),
)
