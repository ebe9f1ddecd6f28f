"""Small nets of many kinds, for laws about a whole call: built in a millisecond, with any number of inputs and outputs.

F(x₁, …, ids, arguments) = head(tanh(mean over tokens of layers(gain ⊙ [encode(x₁); …; table[ids]]))), where the gain
of a row is a number that every additional argument of that row changes. So a wrong row of any argument shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import torch
from torch import Tensor, nn

from reference.models.net_modules import MODULES, TABLES
from reference.models.weights import give_weights
from reference.problem import DTYPES
from reference.short_repr import ShortRepr

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyNet(ShortRepr):
    """A random net in eval mode.

    Shapes   `inputs` are the shapes of one example of each float input; `tokens` is the number of token ids of an
             example, 0 for a net without ids; `output` is the shape of one example's output
    `table` and `layers` are names of TABLES and MODULES. With `offset`, the last additional argument is added to the
    output. `output_dtype` is another dtype than the model's. With `unread`, the output does not depend on the last
    float input. `doubling` says how the forward doubles its first input: "in place", "out of place" or "".
    """

    inputs: tuple[Shape, ...] = ((3,),)
    tokens: int = 0
    vocab: int = 5
    table: str = "dense"
    layers: tuple[str, ...] = ("tanh",)
    hidden: int = 3
    output: Shape = (2,)
    output_dtype: str | None = None
    offset: bool = False
    unread: bool = False
    doubling: str = ""
    scale: float = 1.0
    weight_seed: int = 0

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The modules through which a forward leads, in order: those of the inputs beside each other, then a chain."""
        return (*self.entries, *self.chain)

    @property
    def entries(self) -> tuple[str, ...]:
        """The module of each input: they run beside each other."""
        return (*(f"encode.{i}" for i in range(len(self.inputs))), *(("table",) if self.tokens else ()))

    @property
    def chain(self) -> tuple[str, ...]:
        """The modules after these: each overrides those before it."""
        return (*(f"layers.{i}" for i in range(len(self.layers))), "head")

    def module(self, dtype: torch.dtype) -> Net:
        """The net on CPU. Global random state is left as it was."""
        with torch.random.fork_rng(devices=[]):
            net = Net(self).double().eval()
        give_weights(net, self.weight_seed, 1.0)
        with torch.no_grad():
            for parameter in (one for one in net.parameters() if one.dim() > 2):
                parameter.div_(sqrt(parameter[0].numel()))  # as give_weights does with matrices
            for name, buffer in net.named_buffers():
                if name.endswith("running_var"):
                    buffer.fill_(0.5)
        return net.to(dtype)


class Net(nn.Module):
    """The net that a `TinyNet` describes."""

    def __init__(self, spec: TinyNet) -> None:
        super().__init__()
        self.spec = spec
        self.encode = nn.ModuleList(nn.Linear(_width(shape), spec.hidden) for shape in spec.inputs)
        if spec.tokens:
            self.table = TABLES[spec.table](spec.vocab, spec.hidden)
        self.layers = nn.ModuleList(MODULES[name](spec.hidden) for name in spec.layers)
        self.head = nn.Linear(spec.hidden, prod(spec.output))

    def forward(self, *given: Any) -> Tensor:
        """The output (rows, *output) of the float inputs, the ids if there are any, and additional arguments."""
        floats = len(self.spec.inputs)
        if self.spec.doubling:
            first = given[0].mul_(2) if self.spec.doubling == "in place" else 2 * given[0]
            given = (first, *given[1:])
        tokens = [encode(_as_tokens(x)) for encode, x in zip(self.encode, given[:floats], strict=True)]
        arguments = given[floats:]
        if self.spec.unread:
            tokens.pop()
        if self.spec.tokens:
            tokens.append(self.table(arguments[0]))
            arguments = arguments[1:]
        offset: Any = 0
        if self.spec.offset:
            *arguments, offset = arguments  # type: ignore[assignment]
        hidden = torch.cat(tokens, 1)
        gain = 1 + torch.tanh(torch.as_tensor(_read(arguments, hidden), dtype=hidden.dtype)).reshape(-1, 1, 1)
        hidden = hidden * gain
        for layer in self.layers:
            hidden = layer(hidden)
        output: Tensor = self.head(torch.tanh(hidden.mean(1))) * self.spec.scale
        output = output.reshape(-1, *self.spec.output)
        if self.spec.offset:
            output = output + offset.to(output).reshape(-1, *(1,) * len(self.spec.output))
        return output if self.spec.output_dtype is None else output.to(DTYPES[self.spec.output_dtype])


def _width(shape: Shape) -> int:
    return prod(shape[1:]) if len(shape) > 1 else prod(shape)


def _as_tokens(x: Tensor) -> Tensor:
    """(rows, …) as (rows, tokens, width): one token if there is one dimension, or none; else one for each channel."""
    return x.reshape(len(x), 1, -1) if x.dim() < 3 else x.flatten(2)


def _read(argument: Any, like: Tensor) -> Any:
    """A number for each row, (rows,), or one for all, that every element of the argument changes."""
    if isinstance(argument, Tensor) and argument.dim():
        values = argument.to(like).flatten(1) if argument.dim() > 1 else argument.to(like).unsqueeze(1)
        return (values * torch.cos(torch.arange(values.shape[1], dtype=like.dtype, device=like.device))).sum(1)
    if isinstance(argument, Mapping):
        return _read(tuple(argument.values()), like)
    if isinstance(argument, list | tuple):
        return sum((_read(one, like) for one in argument), 0.0)
    if argument is None or isinstance(argument, str):
        return 0.1 * len(argument or "")
    return 0.3 * float(argument)
