"""What a family is: the one description of an architecture that specs, variants, strategies and laws read.

A file of this package that defines `FAMILY` adds a family (reference/models/families.py finds it). No other file
names a module or an argument of an architecture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from packaging.version import Version
from torch import Tensor, nn

from reference.built_problem import Layer, Parts
from reference.models.versions import TRANSFORMERS
from reference.violation import NotApplicable

MAX_LENGTH = 12
"""Positions of a generated model."""

ALWAYS = Version("0")
"""Since every release."""


def first_position(index: Any, length: int) -> Sequence[int]:
    """The head reads the hidden state of the first position, CLS's."""
    return (0,)


def last_position(index: Any, length: int) -> Sequence[int]:
    """The head reads the hidden state of the last position."""
    return (length - 1,)


def own_position(index: Any, length: int) -> Sequence[int]:
    """The head reads the position that the target names: it has an output for each token."""
    return ((index if isinstance(index, int) else index[0]) % length,)


def first_of_choice(index: int, length: int) -> Sequence[int]:
    """The head reads the first position of each choice for that choice's output."""
    return (index * (length // choices(length)),)


def choices(length: int) -> int:
    """How many choices a row of the "choice" head holds, side by side: its halves, or one if its length is odd."""
    return 2 - length % 2


@dataclass(frozen=True, kw_only=True)
class Head:
    """A model with a head: its class in transformers, the output that F is selected from, its shape per example.

    `reads` maps an index of the output and a length to the positions that the head reads; `by_ids` says that, given
    ids, it reads the last one that does not hold PAD. `ends` names the head's own layers (`:input` for a module's
    input); `bare` says that the model is the bare one; `smooth` that the head adds no kink of its own; `attends` that
    attention reads for it, from which the mask hides positions; `labels` is the one number of labels that the head can
    have; layers hold `rows` rows per example.
    """

    model_class: str
    output: str = "logits"
    shape: Callable[[Any, int], tuple[int, ...]] = lambda spec, length: (spec.labels,)
    reads: Callable[[Any, int], Sequence[int]] = first_position
    ends: tuple[str, ...] = ()
    bare: bool = False
    smooth: bool = True
    attends: bool = False
    labels: int | None = None
    rows: Callable[[int], int] = lambda length: 1
    by_ids: bool = False

    @property
    def at_the_end(self) -> bool:
        """Whether the head reads the last position, which moves if a row is padded."""
        return self.reads is last_position


@dataclass(frozen=True, kw_only=True)
class Units:
    """Modules of a layer, by path: what an attention head or an intermediate unit is a row or a column of.

    A layer may lack some of `projections` and `intermediate`. Rows are `projection_parts` (or `intermediate_parts`)
    matrices, one after another; `block` is how many vectors an attention head has in a part, side by side. `biases` are
    tables of the bare model with a column for each attention head.
    """

    projections: tuple[str, ...]
    attention_output: str
    intermediate: tuple[str, ...]
    output: str
    projection_parts: int = 1
    intermediate_parts: int = 1
    block: int = 1
    biases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Family:
    """An architecture. A part that it does not have is None, or empty.

    Paths are inside the bare model, which hangs at `base` in a model with a head; those of `submodules`, `checkpointed`
    and `units` are inside a layer. `layer_end` leads from a layer to where its hidden states come alone. `tables` are
    the embedding tables that are summed, the word table first, and `meeting` is where they are summed if that is not
    the input of `norm`. `embeddings` is the last place before the layers. `stage` is a module of one tensor whose
    output is that of the embeddings. `shared` says that all layers are one module, `alike` that each has the
    same parameters.

    `settings` maps a field of the spec to the names of the config's fields; a field that is missing there keeps its
    default. `options` are fields that only this family's spec has, with the values to draw. `arguments` are the
    additional arguments of the forward, in order; those in `ready` a multiple choice takes with a row for each choice.
    `embed(bare, words, arguments)` is the embeddings' output for word embeddings. `head_units` divides the size of an
    attention head, and `inner_norms` says that heads, or the outputs of sublayers, are normalised. `causal` says that a
    position reads no later one, `ordered` that attention reads the order of tokens besides `position_ids`, and
    `masks_queries` that a masked position reads all others alike.

    `second_path` says how ids reach the output past the word table, `by_pad` that only PAD's id does so. `narrows` says
    that float64 models compute in float32 inside. `since` is the first release of transformers that fits this
    description. `numpy_twin` is the module in which the same model is written in NumPy.
    """

    name: str
    config_class: str
    settings: Mapping[str, tuple[str, ...]]
    heads: Mapping[str, Head]
    base: str
    embeddings: str
    meeting: str | None = None
    tables: tuple[str, ...]
    norm: str | None
    stage: str | None
    layers: str
    layer_end: str = ""
    shared: bool = False
    alike: bool = True
    submodules: tuple[str, ...] = ()
    checkpointed: str | None = None
    units: Units | None = None
    arguments: tuple[str, ...]
    ready: frozenset[str] = frozenset()
    embed: Callable[[nn.Module, Tensor, Mapping[str, Any]], Tensor]
    constants: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    attentions: tuple[str, ...]
    head_units: int = 1
    inner_norms: bool = False
    causal: bool = False
    masks_queries: bool = False
    ordered: bool = False
    pooler: str | None = None
    pad: int = 0
    cls: int = 1
    sep: int = 2
    numpy_twin: str | None = None
    second_path: str = ""
    by_pad: bool = False
    narrows: bool = False
    since: Version = ALWAYS

    def __repr__(self) -> str:
        return f"<family {self.name}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Hypothesis prints strategies, whose arguments are families."""
        printer.text(repr(self))

    @property
    def missing(self) -> str | None:
        """Why the installed transformers has no such models, or None if it has."""
        if self.since <= TRANSFORMERS:
            return None
        return f"{self.name} is described for transformers {self.since} and later, installed is {TRANSFORMERS}"

    @property
    def meeting_of_tables(self) -> bool:
        """Whether a module gets, or gives, the sum of the tables."""
        return self.norm is not None or self.meeting is not None

    @property
    def counts_positions(self) -> bool:
        """Whether positions, if none are given, are counted over the ids of each row that are not PAD."""
        return self.by_pad and not self.causal

    @property
    def alike_layers(self) -> bool:
        """Whether layers are modules of their own, with the same parameters."""
        return self.alike and not self.shared

    @property
    def unpadded_heads(self) -> tuple[str, ...]:
        """Heads that read the same positions of a row that is padded on its right."""
        return tuple(name for name in self.row_by_row if not self.heads[name].at_the_end)

    @property
    def token_types(self) -> bool:
        """Whether the model takes token types."""
        return "token_type_ids" in self.arguments

    @property
    def positions(self) -> bool:
        """Whether the model takes positions."""
        return "position_ids" in self.arguments

    @property
    def smooth_heads(self) -> tuple[str, ...]:
        """Heads that add no kink of their own."""
        return tuple(name for name, head in self.heads.items() if head.smooth)

    @property
    def row_by_row(self) -> tuple[str, ...]:
        """Heads whose layers hold one row for each example; those of a multiple choice hold one for each choice."""
        return tuple(name for name in self.heads if name != "choice")

    def check_attention(self, name: str) -> None:
        """Raises   NotApplicable if the installed transformers has no such model, or no such attention for it."""
        if self.missing:
            raise NotApplicable(self.missing)
        if name not in self.attentions:
            raise NotApplicable(f"transformers {TRANSFORMERS} has no {name} attention for {self.name}")

    def prefix(self, head: str) -> str:
        """What precedes a path of the bare model in a model with that head."""
        return "" if self.heads[head].bare else f"{self.base}."

    def bare(self, model: nn.Module) -> nn.Module:
        """The bare model inside a model with a head, or the model itself."""
        found: nn.Module = getattr(model, self.base, model)
        return found

    def parts(self, prefix: str, layers: int) -> Parts:
        """Where a model with so many layers has the parts that laws name."""

        def layer_at(path: str | None, end: str = "") -> Layer | None:
            return None if path is None else Layer(prefix + path + end)

        tables = tuple(Layer(prefix + table) for table in self.tables)
        first = f"{self.layers}.0."
        norm_input = None if self.norm is None else Layer(prefix + self.norm, at_input=True)
        return Parts(
            word_table=tables[0],
            tables=tables,
            meeting=norm_input if self.meeting is None else Layer.named(prefix + self.meeting),
            norm_input=norm_input,
            norm=layer_at(self.norm),
            embeddings=Layer.named(prefix + self.embeddings),
            layers=tuple(Layer(f"{prefix}{self.layers}.{i}{self.layer_end}") for i in self.modules_of(layers)),
            inner=layer_at(self.stage, ".inner"),
            checkpointed=layer_at(first + self.checkpointed if self.checkpointed and self.modules_of(layers) else None),
        )

    def inner_places(self, head: str, layers: int) -> tuple[str, ...]:
        """The sub-modules of each layer that give (and, for `:input`, get) one tensor, and the head's own."""
        start = self.prefix(head) + self.layers
        each = (f"{start}.{i}.{name}" for i in self.modules_of(layers) for name in self.submodules)
        return (*each, *self.heads[head].ends)

    def modules_of(self, layers: int) -> range:
        """The indices of modules that are run once: none of them if one module is run for several layers."""
        return range(0 if self.shared and layers > 1 else layers)

    def reverse_units(self, bare: nn.Module, heads: int) -> None:
        """Each layer's attention heads in reverse order, and its intermediate units, with the weights on both sides.

        Raises   NotApplicable if the family declares no units
        """
        if self.units is None:
            raise NotApplicable(f"{self.name} has no units that can be permuted")
        units, layers = self.units, cast("Iterable[nn.Module]", bare.get_submodule(self.layers))
        for layer in layers:
            there = dict(layer.named_modules())
            attention, output = (_matrix(there[name]) for name in (units.attention_output, units.output))
            size = attention.shape[1] // heads
            for name in there.keys() & {*units.projections}:
                _reverse_rows(there[name], units.projection_parts, units.block * size)
            for name in there.keys() & {*units.intermediate}:
                _reverse_rows(there[name], units.intermediate_parts, 1)
            _reverse(attention.T, 1, size)
            _reverse(output.T, 1, 1)
        for name in units.biases:
            _reverse(cast("Tensor", bare.get_submodule(name).weight).T, 1, 1)


def layers_in_order(parts: Parts) -> tuple[Layer, ...]:
    """The layers that ids and embeddings both pass: from the input of the embeddings' norm to the last layer."""
    found = (parts.norm_input, parts.norm, parts.embeddings, *parts.layers)
    return tuple(dict.fromkeys(layer for layer in found if layer is not None))


def _matrix(module: nn.Module) -> Tensor:
    """The weight of a linear map as (outputs, inputs). GPT-2 has it the other way round."""
    weight = cast("Tensor", module.weight)
    return weight if isinstance(module, nn.Linear) else weight.T


def _reverse_rows(module: nn.Module, parts: int, block: int) -> None:
    """The outputs of a linear map, with its bias if it has one: in each part, the blocks in reverse order."""
    _reverse(_matrix(module), parts, block)
    if module.bias is not None:
        _reverse(cast("Tensor", module.bias), parts, block)


def _reverse(rows: Tensor, parts: int, block: int) -> None:
    """In each part of the rows, blocks of so many in reverse order, in place."""
    order = torch.arange(len(rows)).reshape(parts, -1, block).flip(1).flatten()
    with torch.no_grad():
        rows.copy_(rows[order])
