"""Faults that show in some circumstances only: the form of a target or of the forward, the state of torch."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from reference.form import Form, Mode
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.problem import Call, Problem
from tests.power.faults.fault import Fault
from tests.power.faults.wrong_if import UNREPORTED, Seen, When, wrong_if


def with_target(holds: Callable[[Any], Any]) -> When:
    """The target is like that."""
    return lambda seen: holds(seen.target)


def at_a(*kinds: type) -> When:
    """A layer is, or holds, such a module."""
    return lambda seen: any(isinstance(module, kinds) for layer in seen.layers for module in layer.modules())


def of_module(holds: Callable[[Any], Any]) -> When:
    """The forward is a module, and like that."""
    return lambda seen: isinstance(seen.forward, nn.Module) and holds(seen.forward)


def under_autocast(seen: Seen) -> bool:
    """A product of float32 matrices is in half precision."""
    one = torch.ones(1, 1)
    return (one @ one).dtype != torch.float32


def parameters_frozen(module: nn.Module) -> bool:
    """None of its parameters needs a gradient."""
    return not any(parameter.requires_grad for parameter in module.parameters())


def of_another_dtype(seen: Seen) -> bool:
    """F is in another dtype than its first input, which is not in half precision."""
    with torch.no_grad():
        output = seen.forward(*seen.inputs, *seen.arguments)
    return not seen.half and not under_autocast(seen) and output.dtype != seen.x.dtype


def at_a_parametrization(seen: Seen) -> bool:
    """A layer has a weight that is computed from another, as with weight_norm."""
    return any(hasattr(module, "parametrizations") for layer in seen.layers for module in layer.modules())


FAULTS = (
    Fault(
        "output of another dtype",
        "any_input_call",
        UNREPORTED,
        wrong_if(of_another_dtype),
        witness=Problem(model=TinyNet(inputs=((1,),), output_dtype="float32"), data=Numbers(), call=Call()),
    ),
    Fault(
        "at a weight_norm",
        "any_layer_call",
        UNREPORTED,
        wrong_if(at_a_parametrization),
        witness=Problem(
            model=TinyNet(inputs=((1,),), layers=("weight_norm",)), data=Numbers(), call=Call(layer="layers.0")
        ),
    ),
    Fault(
        "target of three indices",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_target(lambda target: isinstance(target, tuple) and len(target) == 3)),
        witness=Problem(model=TinyNet(inputs=((1,),), output=(2, 2, 2)), data=Numbers(), call=Call(target=(0, 0, 0))),
    ),
    Fault(
        "list of targets of two indices",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_target(lambda target: isinstance(target, list) and isinstance(target[0], tuple))),
        witness=Problem(model=TinyNet(inputs=((1,),), output=(2, 2)), data=Numbers(), call=Call(target=((0, 0),))),
    ),
    Fault(
        "tensor of targets",
        "any_layer_call",
        UNREPORTED,
        wrong_if(with_target(lambda target: isinstance(target, Tensor) and target.numel() > 1)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(examples=5),
            call=Call(target=(0, 0, 0, 0, 0), layer="encode.0", form=Form(target="tensor")),
        ),
    ),
    Fault(
        "0-d target",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_target(lambda target: isinstance(target, Tensor) and target.dim() == 0)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(target="0-d tensor"))),
    ),
    Fault(
        "int32 targets",
        "any_input_call",
        UNREPORTED,
        wrong_if(with_target(lambda target: isinstance(target, Tensor) and target.dtype == torch.int32)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(target=(0,), form=Form(target="int32 tensor"))
        ),
    ),
    Fault(
        "no target",
        "any_layer_call",
        UNREPORTED,
        wrong_if(with_target(lambda target: target is None)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), output=()), data=Numbers(), call=Call(target=None, layer="encode.0")
        ),
    ),
    Fault(
        "n_steps of NumPy",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: not isinstance(seen.n_steps, int)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(n_steps="NumPy integer"))),
    ),
    Fault(
        "forward is a module",
        "any_input_call",
        UNREPORTED,
        wrong_if(of_module(lambda module: True)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(form=Form(forward="module"))),
    ),
    Fault(
        "forward is a bound method",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: isinstance(seen.forward, MethodType)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="encode.0", form=Form(forward="method"))
        ),
    ),
    Fault(
        "train mode",
        "any_input_call",
        UNREPORTED,
        wrong_if(of_module(lambda module: module.training)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(),
            call=Call(form=Form(forward="module"), mode=Mode(training=True)),
        ),
    ),
    Fault(
        "frozen parameters",
        "any_input_call",
        UNREPORTED,
        wrong_if(of_module(parameters_frozen)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(),
            call=Call(form=Form(forward="module"), mode=Mode(frozen=True)),
        ),
    ),
    Fault(
        "forward hooks of the user",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: any(layer._forward_hooks for layer in seen.layers)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="encode.0", mode=Mode(hooks="forward"))
        ),
    ),
    Fault(
        "backward hooks of the user",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: any(layer._backward_hooks for layer in seen.layers)),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="encode.0", mode=Mode(hooks="backward"))
        ),
    ),
    Fault(
        "under no_grad",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: not torch.is_grad_enabled()),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="encode.0", mode=Mode(grad="no_grad"))
        ),
    ),
    Fault(
        "under autocast",
        "any_input_call",
        UNREPORTED,
        wrong_if(under_autocast),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(mode=Mode(autocast=True))),
    ),
    Fault(
        "default dtype float64",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: torch.get_default_dtype() == torch.float64),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(mode=Mode(default_dtype="float64"))),
    ),
    Fault(
        "layer in a list",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: seen.listed and len(seen.layers) == 1),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="layers.0", form=Form(listed=True))
        ),
    ),
    Fault(
        "at a Sequential",
        "any_layer_call",
        UNREPORTED,
        wrong_if(at_a(nn.Sequential)),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="layers.0")),
    ),
    Fault(
        "at a GRU",
        "any_layer_call",
        UNREPORTED,
        wrong_if(at_a(nn.GRU)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), layers=("gru",)), data=Numbers(), call=Call(layer="layers.0:input")
        ),
    ),
    Fault(
        "at a convolution",
        "any_layer_call",
        UNREPORTED,
        wrong_if(at_a(nn.Conv1d)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), layers=("convolution",)),
            data=Numbers(),
            call=Call(layer="layers.0", form=Form(listed=True)),
        ),
    ),
    Fault(
        "at a BatchNorm",
        "any_layer_call",
        UNREPORTED,
        wrong_if(at_a(nn.BatchNorm1d)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), layers=("batch_norm",)), data=Numbers(), call=Call(layer="layers.0:input")
        ),
    ),
    Fault(
        "at a LayerNorm",
        "any_layer_call",
        UNREPORTED,
        wrong_if(at_a(nn.LayerNorm)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), layers=("layer_norm",)), data=Numbers(), call=Call(layer="layers.0:input")
        ),
    ),
    Fault(
        "at a sparse table",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: any(getattr(layer, "sparse", False) for layer in seen.layers)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1, table="sparse"), data=Numbers(), call=Call(layer="table")
        ),
    ),
    Fault(
        "at a table with max_norm",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: any(getattr(layer, "max_norm", None) for layer in seen.layers)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1, table="max_norm"), data=Numbers(), call=Call(layer="table")
        ),
    ),
)
