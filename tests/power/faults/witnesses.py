"""For each planted fault, the smallest problem that shows it, as Hypothesis shrank it."""

from __future__ import annotations

from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens

BAG = Problem(model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))))
"""The smallest bag of tokens: nothing moves, which is enough where a fault is not one of numbers."""

MOVING_BAG = Problem(model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0))))
"""The smallest in which a token moves."""

WITNESSES: dict[str, Problem] = {
    "left for right": Problem(call=Call(method="riemann_right")),
    "x for Δ": Problem(
        model=TinyBert(
            vocab=6, layers=2, intermediate=3, activation="gelu_fast", attention_dropout=0.1, head="answer_start"
        ),
        data=Tokens(ids=((0,), (0,), (0,)), baseline=((1,), (1,), (1,))),
        call=Call(method="riemann_right", dtype="float32"),
    ),
    "baseline forgotten at the layer": Problem(
        model=TinyBert(
            vocab=6,
            intermediate=6,
            activation="laplace",
            types=3,
            eps=0.01,
            hidden_dropout=0.1,
            attention_dropout=0.1,
            head="answer_end",
            weight_seed=1,
        ),
        data=Tokens(ids=((0, 0),), baseline=((2, 2),)),
    ),
    "trapezoid over n": Problem(call=Call(method="riemann_trapezoid", n_steps=2)),
    "nodes one step late": Problem(),
    "another method at layers": Problem(),
    "float32 inside": Problem(call=Call(n_steps=3)),
    "mean for sum": Problem(
        model=TinyBert(hidden=4, weight_scale=0.25),
        data=Tokens(ids=((0,),), baseline=((1,),)),
        call=Call(n_steps=3, dtype="bfloat16"),
    ),
    "delta with the other sign": Problem(model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),))),
    "delta of the whole batch": Problem(model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,)))),
    "layers one at a time": Problem(
        model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,)), positions=((0,), (1,)))
    ),
    "output for input": Problem(
        model=TinyBert(),
        data=Tokens(ids=((0,),), baseline=((1,),)),
        call=Call(layer="bert.encoder.layer.0.attention.output.LayerNorm:input"),
    ),
    "structure lost": Problem(model=TinyBert(variant="list_output"), data=Tokens(ids=((0,),), baseline=((1,),))),
    "ids taken for features": Problem(
        model=TinyBert(variant="mask_in_call"), data=Tokens(ids=((0,),), baseline=((1,),))
    ),
    "any dimension for the batch": Problem(
        model=TinyBert(variant="length_first"), data=Tokens(ids=((0,),), baseline=((1,),)), call=Call(n_steps=2)
    ),
    "first rows alone": Problem(
        model=TinyBert(head="choice"),
        data=Tokens(ids=((0, 0),), baseline=((1, 1),)),
        call=Call(layer="bert.encoder.layer.0.attention.self.query"),
    ),
    "last call attributed": Problem(
        model=TinyBert(layers=2, variant="tied_layers"), data=Tokens(ids=((0,),), baseline=((1,),))
    ),
    "path handed over": BAG.asking(n_steps=2),
    "leaf handed over": Problem(model=TinyBert(variant="doubled_in_place"), data=Tokens(ids=((0,),), baseline=((1,),))),
    "hook gone before backward": Problem(
        model=TinyBert(variant="checkpointed"), data=Tokens(ids=((0,),), baseline=((1,),))
    ),
    "unused input is an error": BAG.asking(n_steps=2),
    "no gradient is zero": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((1, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "NaN where nothing changes": Problem(model=TinyBert(), data=Tokens(ids=((0,),), baseline=((0,),))),
    "layers one by one": Problem(model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),))),
    "gradients accumulated in the model": Problem(
        model=TinyBert(
            vocab=8,
            intermediate=2,
            activation="linear",
            types=3,
            eps=0.1,
            hidden_dropout=0.1,
            attention_dropout=0.1,
            head="answer_start",
            weight_seed=1,
        ),
        data=Tokens(ids=((0,),), baseline=((1,),)),
        call=Call(method="riemann_right"),
    ),
    "layer left in eval mode": Problem(
        model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),)), call=Call(layer="bert.embeddings")
    ),
    "inputs left needing gradients": BAG.asking(n_steps=2),
    "gradient of the inputs reset": BAG.asking(n_steps=2),
    "seed set": BAG.asking(n_steps=2),
    "gradient mode left off": BAG.asking(n_steps=2),
    "hooks left by a failure": BAG.asking(n_steps=2, layer="table"),
    "attributions attached": BAG.asking(n_steps=2, layer="table"),
    "first chunk attached": BAG.asking(n_steps=2),
    "history kept": BAG.asking(n_steps=2),
    "gradient function kept by IG": BAG.asking(n_steps=2),
    "gradient function kept by LIG": BAG.asking(n_steps=2, layer="table"),
    "n_steps not checked": BAG.asking(n_steps=2),
    "n_steps truncated": BAG.asking(n_steps=2),
    "unknown method taken as the default": BAG.asking(n_steps=2),
    "chunk raised to one": BAG.asking(n_steps=2),
    "baseline broadcast": BAG.asking(n_steps=2),
    "dimension 0 alone checked": BAG.asking(n_steps=2),
    "baselines zipped": BAG.asking(n_steps=2),
    "baseline of any dtype": BAG.asking(n_steps=2),
    "token baseline of any dtype": BAG.asking(n_steps=2, layer="table"),
    "bool baseline subtracted": BAG.asking(n_steps=2),
    "token baseline truncated": BAG.asking(n_steps=2, layer="table"),
    "ids made floats": BAG.asking(n_steps=2),
    "mask made floats": BAG.asking(n_steps=2),
    "inputs of any shapes": BAG.asking(n_steps=2),
    "empty batch divided by": BAG.asking(n_steps=2),
    "layers taken for modules": BAG.asking(n_steps=2, layer="table"),
    "inputs in a list": BAG.asking(n_steps=2),
    "target not checked": BAG.asking(n_steps=2),
    "target cycled": BAG.asking(n_steps=2),
    "one row for all": BAG.asking(n_steps=2),
    "one value for all": BAG.asking(n_steps=2),
    "output taken for a tensor": BAG.asking(n_steps=2),
    "layer not looked for": BAG.asking(n_steps=2, layer="table"),
    "some layer is enough": BAG.asking(n_steps=2, layer="table"),
    "last chunk left out": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0), (0, 1)), baseline=((0, 0), (0, 0), (0, 0))),
        call=Call(n_steps=3, internal_batch_size=2),
    ),
    "chunk raised to the batch": BAG.asking(n_steps=2, internal_batch_size=1),
    "scaled by the batch": Problem(
        model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,))), call=Call(n_steps=2)
    ),
    "first of a tensor of targets": MOVING_BAG.asking(n_steps=2, target=(0, 1)),
    "first of a column of targets": MOVING_BAG.asking(n_steps=2, target=(0, 1)),
    "baseline for the first example only": BAG.asking(n_steps=2),
    "baseline of any shape": Problem(
        model=TinyBert(), data=Tokens(ids=((0, 0),), baseline=((1, 1),)), call=Call(n_steps=2)
    ),
    "numbers for each row": BAG.asking(n_steps=2),
    "mask repeated for each step": BAG.asking(n_steps=2),
    "vector repeated for each step": MOVING_BAG.asking(n_steps=2),
    "gradients summed": BAG.asking(n_steps=2),
    "delta of what is returned": BAG.asking(n_steps=2),
    "always double": Problem(
        model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),)), call=Call(n_steps=2, dtype="float32")
    ),
    "layer in a tuple": BAG.asking(n_steps=2, layer="table"),
    "steps in random order": Problem(
        model=TinyBert(hidden=12, layers=2),
        data=Tokens(ids=((0, 2, 3, 2),), baseline=((1, 1, 1, 1),)),
        call=Call(n_steps=24),
    ),
    "caller's grad mode": MOVING_BAG.asking(n_steps=2, internal_batch_size=1),
    "caller's inference mode": MOVING_BAG.asking(n_steps=2),
    "hooks for every thread": BAG.asking(n_steps=2, layer="table"),
    "spread without root": Problem(
        model=TinyBert(
            vocab=6, layers=2, intermediate=3, activation="gelu_fast", attention_dropout=0.1, head="answer_start"
        ),
        data=Tokens(ids=((0,), (0,), (0,)), baseline=((1,), (1,), (1,))),
        call=Call(method="riemann_right", dtype="float32"),
    ),
    "gradient by a wrong kernel": Problem(
        model=TinyBert(
            vocab=6,
            hidden=6,
            heads=2,
            layers=2,
            intermediate=2,
            activation="silu",
            eps=0.01,
            attention_dropout=0.1,
            head="answer_start",
            weight_seed=1,
        ),
        data=Tokens(ids=((0,), (0,), (0,), (0,)), baseline=((3,), (3,), (3,), (3,))),
    ),
}
