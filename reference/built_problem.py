"""A built problem: the model, its two ways in with both ends of the path, and the parts that laws name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from reference.violation import NotApplicable

MASK = "attention_mask"

Part = TypeVar("Part")


@dataclass(frozen=True)
class Entry:
    """One way into a model: `forward(inputs, *arguments)` with both ends of the path.

    Shapes   inputs, baselines (batch, length) ids or (batch, length, hidden) embeddings
    `names` are the names of the additional arguments in the model's own forward, in order. `baseline_additional`, if
    given, are the arguments at the baseline's end of a joint path.
    """

    forward: Callable[..., Any]
    inputs: Tensor
    baselines: Tensor
    additional: tuple[Any, ...] = ()
    baseline_additional: tuple[Any, ...] | None = None
    names: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The `additional_forward_args` of a call, in order."""
        return self.additional

    @property
    def baseline_arguments(self) -> tuple[Any, ...]:
        """The arguments at the baseline's end: those at the input's end, unless the path is joint."""
        return self.additional if self.baseline_additional is None else self.baseline_additional

    @property
    def named(self) -> dict[str, Any]:
        """The additional arguments by name, in order."""
        return dict(zip(self.names, self.additional, strict=True))

    @property
    def baseline_named(self) -> dict[str, Any]:
        """The arguments at the baseline's end by name, in order."""
        return dict(zip(self.names, self.baseline_arguments, strict=True))

    @property
    def mask(self) -> Tensor | None:
        """The attention mask (batch, length), or None if the call leaves it to the model."""
        return self.named.get(MASK)

    @property
    def explicit_mask(self) -> Tensor:
        """The attention mask (batch, length), of ones if the call leaves it to the model."""
        if self.mask is not None:
            return self.mask
        return torch.ones(self.inputs.shape[:2], dtype=torch.long, device=self.inputs.device)

    def output(self) -> Any:
        """What the forward returns for the inputs."""
        return self.forward(self.inputs, *self.arguments)

    def with_arguments(self, **changes: Any) -> Entry:
        """The same entry with these arguments at both ends of the path. A new name is added at the end."""
        here = self.named | changes
        there = None if self.baseline_additional is None else tuple((self.baseline_named | changes).values())
        return replace(self, additional=tuple(here.values()), baseline_additional=there, names=tuple(here))


@dataclass(frozen=True)
class Layer:
    """Where a layer attribution is taken: the output of the module at `path`, or its first input."""

    path: str
    at_input: bool = False

    @classmethod
    def named(cls, name: str) -> Layer:
        """`path`, or `path:input`."""
        path, _, side = name.partition(":")
        return cls(path, side == "input")

    @property
    def name(self) -> str:
        """What `named` reads."""
        return f"{self.path}:input" if self.at_input else self.path

    def module(self, model: nn.Module) -> nn.Module:
        return model.get_submodule(self.path)

    def __str__(self) -> str:
        return f"the input of {self.path}" if self.at_input else self.path


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Where a model has the parts that laws name. A part is None, or empty, if the model does not have it.

    `meeting` is where the `tables` (word, position, token type) are summed. `stage` is a module whose value at its
    output is that of `embeddings`, where the staged variants put their `inner` module; `checkpointed` lies inside the
    first layer.
    """

    word_table: Layer | None = None
    tables: tuple[Layer, ...] = ()
    meeting: Layer | None = None
    norm_input: Layer | None = None
    norm: Layer | None = None
    embeddings: Layer | None = None
    layers: tuple[Layer, ...] = ()
    inner: Layer | None = None
    checkpointed: Layer | None = None


def every_position(index: Any, length: int) -> Sequence[int]:
    """The head reads the hidden states of all positions."""
    return range(length)


@dataclass(frozen=True)
class BuiltProblem:
    """A built problem: the model, its entries, and `layers_in_order`, through which every path leads.

    `ids` is None where the baseline is no token ids; `embeddings` always enters at the word embeddings' output. Layers
    have `rows` rows for each example. `reads` maps an index of the output and a length to the positions whose hidden
    states the head reads, `also_read` (batch, length) are those that it reads if it is given ids, `never_read` those
    that the mask hides from it. `embed` maps word embeddings to the output of the embeddings module, all else fixed.
    `reverse` reverses attention heads and intermediate units in place, or is None if the model has no such units.
    """

    model: nn.Module
    embeddings: Entry
    ids: Entry | None
    layers_in_order: tuple[Layer, ...]
    prefix: str = ""
    output_dims: int = 2
    rows: int = 1
    parts: Parts = Parts()
    reads: Callable[[Any, int], Sequence[int]] = every_position
    also_read: Tensor | None = None
    never_read: Tensor | None = None
    embed: Callable[[Tensor], Tensor] | None = None
    reverse: Callable[[], None] | None = None

    def with_entries(self, change: Callable[[Entry], Entry]) -> BuiltProblem:
        """The same model, entered otherwise."""
        return replace(self, embeddings=change(self.embeddings), ids=self.ids and change(self.ids))

    @property
    def layered(self) -> Entry:
        """The entry of layer attributions: ids where the baseline has them."""
        return self.ids or self.embeddings

    @property
    def word_table(self) -> Layer:
        """The word embeddings."""
        return _there(self.parts.word_table, "word table")

    @property
    def tables(self) -> tuple[Layer, ...]:
        """The word, position and token-type embeddings: those that the model has."""
        return self.parts.tables

    @property
    def meeting(self) -> Layer:
        """Where the tables are summed."""
        return _there(self.parts.meeting, "place where its tables are summed")

    @property
    def norm_input(self) -> Layer:
        """The input of the embeddings' norm."""
        return _there(self.parts.norm_input, "embeddings' norm")

    @property
    def norm(self) -> Layer:
        """The output of the embeddings' norm."""
        return _there(self.parts.norm, "embeddings' norm")

    @property
    def embeddings_layer(self) -> Layer:
        """The last place before the layers: the output of the embeddings module, or the input of the first layer."""
        return _there(self.parts.embeddings, "embeddings module")

    @property
    def inner(self) -> Layer:
        """The module in which a staged variant differs from its twin."""
        return _there(self.parts.inner, "module for a stage")

    @property
    def checkpointed(self) -> Layer:
        """A module inside the first layer."""
        return _there(self.parts.checkpointed, "module inside a layer")

    def layer(self, index: int) -> Layer:
        """The output of encoder layer `index`: where its hidden states come alone."""
        return _there(self.parts.layers[index] if self.parts.layers else None, "layers")

    @property
    def last_layer(self) -> Layer:
        """The output of the last encoder layer."""
        return self.layer(-1)

    @property
    def deepest_layer(self) -> Layer:
        """The last layer, or the embeddings if one module is run for several layers."""
        return self.last_layer if self.parts.layers else self.embeddings_layer

    def of_each(self, target: Any) -> bool:
        """Whether the target holds an index for each example, not one for all."""
        return isinstance(target, tuple) and (self.output_dims == 2 or isinstance(target[0], tuple))

    def read(self, target: Any) -> Tensor:
        """Which positions the head reads for the target of a call: (batch, length) bool."""
        batch, length = self.embeddings.inputs.shape[:2]
        read = torch.zeros(batch, length, dtype=torch.bool)
        for row, index in zip(read, target if self.of_each(target) else (target,) * batch, strict=True):
            row[list(self.reads(index, length))] = True
        read = read if self.also_read is None else read | self.also_read
        return read if self.never_read is None else read & ~self.never_read

    def embedding_map(self) -> Callable[[Tensor], Tensor]:
        """The embeddings module as a function of the word embeddings alone, all else fixed."""
        return _there(self.embed, "map from word embeddings to the embeddings' output")

    def reverse_units(self) -> None:
        """Put each layer's attention heads and intermediate units in reverse order, in place: F stays the same."""
        _there(self.reverse, "units that can be permuted")()


def _there(part: Part | None, name: str) -> Part:
    """The part. Raises NotApplicable if the model does not have it."""
    if part is None:
        raise NotApplicable(f"the model has no {name}")
    return part
