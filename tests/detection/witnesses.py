"""For each planted fault, the smallest problem that shows it, as Hypothesis shrank it."""

from __future__ import annotations

from reference.bag import TinyBag
from reference.bert import TinyBert
from reference.problem import Call, Problem, Tokens

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
        model=TinyBert(weight_scale=0.5),
        data=Tokens(ids=((0,),), baseline=((1,),)),
        call=Call(n_steps=2, dtype="bfloat16"),
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
    "path handed over": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "leaf handed over": Problem(model=TinyBert(variant="doubled_in_place"), data=Tokens(ids=((0,),), baseline=((1,),))),
    "hook gone before backward": Problem(
        model=TinyBert(variant="checkpointed"), data=Tokens(ids=((0,),), baseline=((1,),))
    ),
    "unused input is an error": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
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
    "inputs left needing gradients": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "gradient of the inputs reset": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "seed set": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "gradient mode left off": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "hooks left by a failure": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "attributions attached": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "first chunk attached": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "history kept": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "gradient function kept by IG": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "gradient function kept by LIG": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "n_steps not checked": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "n_steps truncated": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "unknown method taken as the default": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "chunk raised to one": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "baseline broadcast": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "dimension 0 alone checked": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "baselines zipped": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "baseline of any dtype": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "token baseline of any dtype": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "bool baseline subtracted": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "token baseline truncated": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "ids made floats": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "mask made floats": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "inputs of any shapes": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "empty batch divided by": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "layers taken for modules": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "inputs in a list": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "target not checked": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "target cycled": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "one row for all": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "one value for all": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "output taken for a tensor": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "layer not looked for": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "some layer is enough": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    "last chunk left out": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0), (0, 1)), baseline=((0, 0), (0, 0), (0, 0))),
        call=Call(n_steps=3, internal_batch_size=2),
    ),
    "chunk raised to the batch": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, internal_batch_size=1),
    ),
    "scaled by the batch": Problem(
        model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,))), call=Call(n_steps=2)
    ),
    "first of a tensor of targets": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, target=(0, 1)),
    ),
    "first of a column of targets": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, target=(0, 1)),
    ),
    "baseline for the first example only": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "baseline of any shape": Problem(
        model=TinyBert(), data=Tokens(ids=((0, 0),), baseline=((1, 1),)), call=Call(n_steps=2)
    ),
    "numbers for each row": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "mask repeated for each step": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "vector repeated for each step": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "gradients summed": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "delta of what is returned": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "always double": Problem(
        model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),)), call=Call(n_steps=2, dtype="float32")
    ),
    "layer in a tuple": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
    # Not shrunk: the order is drawn at each call, and two orders of few steps can give the same bits.
    "steps in random order": Problem(
        model=TinyBert(hidden=12, layers=2),
        data=Tokens(ids=((0, 2, 3, 2),), baseline=((1, 1, 1, 1),)),
        call=Call(n_steps=24),
    ),
    "caller's grad mode": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, internal_batch_size=1),
    ),
    "caller's inference mode": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2),
    ),
    "hooks for every thread": Problem(
        model=TinyBag(vocab=2, hidden=2),
        data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))),
        call=Call(n_steps=2, layer="table"),
    ),
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
"""By the fault's name."""
