"""How the arguments of a call look, and what is in force around it: nothing here changes what is asked.

Each field has a neutral value, its default. `OPTIONS` lists the others.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from reference.short_repr import ShortRepr

LAYOUTS = ("contiguous", "transposed", "slice", "expanded", "parameter", "non-leaf", "requires grad")
"""How a tensor lies in memory, or hangs in a graph. An expanded one has the same row for each example."""

OPTIONS: dict[str, tuple[str, ...]] = {
    "forward": ("closure", "method", "module"),
    "inputs": LAYOUTS,
    "baselines": (
        *("tensors", "one example", "number", "integer", "zero", "left out", "mixed", "inputs"),
        *("other float", *LAYOUTS[1:]),
    ),
    "arguments_layout": LAYOUTS,
    "target": (
        *("index", "repeated", "tensor", "tensor of one", "0-d tensor"),
        *("int32 tensor", "uint8 tensor", "NumPy integers", "NumPy array", "column", "from the end"),
    ),
    "n_steps": ("int", "left out", "bool", "text", "NumPy integer", "0-d tensor"),
    "grad": ("enabled", "no_grad", "inference_mode"),
    "default_dtype": ("float32", "float64"),
    "hooks": ("none", "forward", "backward"),
}
"""The values of each field that is a text, the neutral one first."""

ARGUMENTS = (
    *("int64", "bool", "float", "3-D", "4-D", "needs grad"),
    *("None", "number", "flag", "text", "0-d", "settings"),
    *("nested", "shared"),
)
"""Additional arguments: per example; for all examples; and per example in a dict, or one row for all."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Form(ShortRepr):
    """How the arguments look.

    `twice` gives one tensor as the first and the second input, `tupled` an input in a 1-tuple, `listed` a layer in a
    list, `alone` an additional argument without a tuple; `arguments` are names of ARGUMENTS.
    """

    forward: str = "closure"
    inputs: str = "contiguous"
    baselines: str = "tensors"
    arguments: tuple[str, ...] = ()
    arguments_layout: str = "contiguous"
    target: str = "index"
    n_steps: str = "int"
    twice: bool = False
    tupled: bool = False
    listed: bool = False
    alone: bool = False

    def __post_init__(self) -> None:
        _check(self)
        unknown = [name for name in self.arguments if name not in ARGUMENTS]
        if unknown:
            raise ValueError(f"unknown additional argument {unknown[0]!r}: choose from {', '.join(ARGUMENTS)}")


@dataclass(frozen=True, kw_only=True, repr=False)
class Mode(ShortRepr):
    """What is in force in the process and in the model while the subject is called."""

    grad: str = "enabled"
    default_dtype: str = "float32"
    hooks: str = "none"
    training: bool = False
    frozen: bool = False
    autocast: bool = False

    def __post_init__(self) -> None:
        _check(self)


def _check(value: Form | Mode) -> None:
    """Raise ValueError for a text that is not one of the field's options."""
    for field in fields(value):
        if field.name in OPTIONS and getattr(value, field.name) not in OPTIONS[field.name]:
            choices = ", ".join(map(repr, OPTIONS[field.name]))
            raise ValueError(f"{field.name} must be one of {choices}; got {getattr(value, field.name)!r}")


NEUTRAL_FORM, NEUTRAL_MODE = Form(), Mode()
