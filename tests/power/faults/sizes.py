"""Faults that show from a size on: steps, chunks, examples, tokens, classes, ids, units."""

from __future__ import annotations

from reference.form import Form
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.problem import Call, Problem
from tests.power.faults.fault import Fault
from tests.power.faults.wrong_if import UNREPORTED, When, wrong_if


def ids_above(largest: int) -> When:
    """A token id is larger."""
    return lambda seen: any(not x.is_floating_point() and int(x.max()) > largest for x in seen.inputs)


def longer_than(tokens: int) -> When:
    """An input has more tokens."""
    return lambda seen: any(x.dim() == 3 and x.shape[1] > tokens for x in seen.inputs)


def class_above(largest: int) -> When:
    """The target of all examples is larger."""
    return lambda seen: isinstance(seen.target, int) and seen.target > largest


def units_above(most: int) -> When:
    """A layer that is a linear map has more units."""
    return lambda seen: any(getattr(layer, "out_features", 0) > most for layer in seen.layers)


FAULTS = (
    Fault(
        "fifty steps",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: seen.options.get("n_steps") == 50),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(n_steps=50)),
    ),
    Fault(
        "n_steps left out",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: "n_steps" not in seen.options),
        witness=Problem(
            model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(n_steps=50, form=Form(n_steps="left out"))
        ),
    ),
    Fault(
        "n_steps left out at layers",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: "n_steps" not in seen.options),
        witness=Problem(
            model=TinyNet(inputs=((1,),)),
            data=Numbers(),
            call=Call(n_steps=50, layer="encode.0", form=Form(n_steps="left out")),
        ),
    ),
    Fault(
        "more than 64 steps",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: int(seen.n_steps) > 64),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(n_steps=65)),
    ),
    Fault(
        "more than 100 steps at layers",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: int(seen.n_steps) > 100),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(n_steps=101, layer="encode.0")),
    ),
    Fault(
        "more than four examples",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.x) > 4),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(examples=5)),
    ),
    Fault(
        "more than four examples at layers",
        "any_layer_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.x) > 4),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(examples=5), call=Call(layer="encode.0")),
    ),
    Fault(
        "more than twelve tokens",
        "any_input_call",
        UNREPORTED,
        wrong_if(longer_than(12)),
        witness=Problem(model=TinyNet(inputs=((1,), (13, 2))), data=Numbers()),
    ),
    Fault(
        "more than twelve classes",
        "any_input_call",
        UNREPORTED,
        wrong_if(class_above(11)),
        witness=Problem(model=TinyNet(inputs=((1,),), output=(13,)), data=Numbers(), call=Call(target=12)),
    ),
    Fault(
        "ids above 255",
        "any_layer_call",
        UNREPORTED,
        wrong_if(ids_above(255)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1, vocab=3000), data=Numbers(), call=Call(layer="encode.0")
        ),
    ),
    Fault(
        "ids above 2,048",
        "any_layer_call",
        UNREPORTED,
        wrong_if(ids_above(2048)),
        witness=Problem(
            model=TinyNet(inputs=((1,),), tokens=1, vocab=3000, table="sparse"),
            data=Numbers(seed=1),
            call=Call(layer="encode.0"),
        ),
    ),
    Fault(
        "more than sixteen units",
        "any_layer_call",
        UNREPORTED,
        wrong_if(units_above(16)),
        witness=Problem(model=TinyNet(inputs=((1,),), hidden=24), data=Numbers(), call=Call(layer="encode.0")),
    ),
    Fault(
        "more than 21 chunks",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: seen.chunk and seen.rows / seen.chunk > 21),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(n_steps=50, internal_batch_size=1)),
    ),
    Fault(
        "chunk above all rows",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: seen.chunk > seen.rows),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(n_steps=51, internal_batch_size=52)),
    ),
    Fault(
        "one example in chunks",
        "any_input_call",
        UNREPORTED,
        wrong_if(lambda seen: len(seen.x) == 1 and 0 < seen.chunk < seen.rows),
        witness=Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(n_steps=3, internal_batch_size=2)),
    ),
)
