"""The named variants of a model that a law needs, each a change made in place to a built bare model of any family.

A *staged* variant puts a stage where the embeddings end: its `inner` module hands the hidden states over in another
form, and the stage undoes it, so that the model is the same function as its unmodified twin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from reference.models.family import Family


class Affine(nn.Module):
    """h ↦ gain ⊙ h + bias: a LayerNorm without its normalisation, so that the embeddings become an affine map."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight = norm.weight
        self.bias = norm.bias

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden * self.weight + self.bias


class Inner(nn.Module):
    """Hands its first argument on in the form that `pack` gives it."""

    def __init__(self, pack: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.pack = pack

    def forward(self, hidden: Tensor, *others: Any, **named: Any) -> Any:
        return self.pack(hidden)


class Stage(nn.Module):
    """unpack ∘ inner ∘ call: the identity, spoken in another way."""

    def __init__(
        self,
        pack: Callable[[Tensor], Any] = lambda hidden: hidden,
        unpack: Callable[[Any], Tensor] = lambda packed: packed,
        call: Callable[[nn.Module, Tensor], Any] = lambda inner, hidden: inner(hidden),
    ) -> None:
        super().__init__()
        self.inner = Inner(pack)
        self.unpack = unpack
        self.call = call

    def forward(self, hidden: Tensor) -> Tensor:
        return self.unpack(self.call(self.inner, hidden))


def apart(hidden: Tensor) -> tuple[Tensor, Tensor]:
    """The first number of each example, (batch,), and the rest, with 0 in its place."""
    rest = hidden.clone()
    rest[:, 0, 0] = 0
    return hidden[:, 0, 0], rest


def model_output(hidden: Tensor) -> Any:
    """As transformers' models return it."""
    from transformers.modeling_outputs import BaseModelOutput

    return BaseModelOutput(last_hidden_state=hidden)


def together(parts: tuple[Tensor, Tensor]) -> Tensor:
    """What was taken apart."""
    number, rest = parts
    hidden = rest.clone()
    hidden[:, 0, 0] = number
    return hidden


@dataclass(frozen=True)
class Variant:
    """A change of a bare model, in place. `needs` is the field of `Family` without which a family cannot have it."""

    change: Callable[[Family, nn.Module], None]
    needs: str = "layers"

    def __call__(self, family: Family, bare: nn.Module) -> None:
        self.change(family, bare)

    def lacking(self, family: Family) -> bool:
        """Whether the family cannot have this variant."""
        return not getattr(family, self.needs)


def replaced(bare: nn.Module, path: str, module: nn.Module) -> None:
    """Another module at `path`."""
    parent, _, name = path.rpartition(".")
    setattr(bare.get_submodule(parent), name, module)


def unmodified(family: Family, bare: nn.Module) -> None:
    """The model as it is."""


def affine_embedding_norm(family: Family, bare: nn.Module) -> None:
    """The embeddings' LayerNorm replaced by its own gain and bias alone."""
    assert family.norm is not None
    norm = bare.get_submodule(family.norm)
    assert isinstance(norm, nn.LayerNorm)
    replaced(bare, family.norm, Affine(norm))


def staged(**stage: Any) -> Variant:
    """A model whose embeddings end in `Stage(**stage)`."""

    def change(family: Family, bare: nn.Module) -> None:
        assert family.stage is not None
        replaced(bare, family.stage, Stage(**stage))

    return Variant(change, needs="stage")


def tied_layers(family: Family, bare: nn.Module) -> None:
    """The first two layers are one module, run twice; its twin has two modules with the same weights."""
    layers: Any = bare.get_submodule(family.layers)
    layers[1] = layers[0]


def equal_layers(family: Family, bare: nn.Module) -> None:
    """The first two layers hold the same weights in two modules."""
    layers: Any = bare.get_submodule(family.layers)
    layers[1].load_state_dict(layers[0].state_dict())


def checkpointed(family: Family, bare: nn.Module) -> None:
    """Each layer is run again in the backward pass, by torch itself: transformers 4.30 only has reentrant checkpoints,
    through which torch.autograd.grad does not go.
    """
    for layer in bare.get_submodule(family.layers).children():
        layer.forward = partial(checkpoint, layer.forward, use_reentrant=False)


def mask_from_ids(family: Family, bare: nn.Module) -> None:
    """A model that hides PAD by itself: ids reach the output past their embeddings, by the mask."""
    own = bare.forward

    def forward(input_ids: Tensor | None = None, attention_mask: Tensor | None = None, **others: Any) -> Any:
        if attention_mask is None and input_ids is not None:
            attention_mask = (input_ids != family.pad).long()
        return own(input_ids=input_ids, attention_mask=attention_mask, **others)

    bare.forward = forward


STRUCTURES: dict[str, Variant] = {
    "tuple_output": staged(pack=lambda h: (h,), unpack=lambda out: out[0]),
    "list_output": staged(pack=lambda h: [h], unpack=lambda out: out[0]),
    # Here a model runs on if a bare tensor takes the list's place: its first example then stands for all.
    "list_into_residual": staged(
        pack=lambda h: [h], call=lambda inner, h: (h, inner(h)), unpack=lambda both: 0 * both[0] + both[1][0]
    ),
    "dict_output": staged(pack=lambda h: {"hidden": h}, unpack=lambda out: out["hidden"]),
    "model_output": staged(pack=model_output, unpack=lambda out: out.last_hidden_state),
    "none_in_output": staged(pack=lambda h: (h, None), unpack=lambda out: out[0]),
    "unused_in_output": staged(pack=lambda h: (h, h.detach().mean(-1)), unpack=lambda out: out[0]),
    "parts_in_output": staged(pack=apart, unpack=together),
    "scalar_in_output": staged(pack=lambda h: (h, h.new_ones(())), unpack=lambda out: out[0] * out[1]),
    "ids_in_output": staged(pack=lambda h: (h, h.detach().argmax(-1)), unpack=lambda out: out[0]),
}
"""A layer's output holds the hidden states in a structure, alone, in two parts, or with what is no feature."""

CALLS: dict[str, Variant] = {
    "keyword_call": staged(call=lambda inner, h: inner(hidden=h)),
    "keyword_beside": staged(call=lambda inner, h: inner(h, gain=h.detach().mean(-1))),
    "none_in_call": staged(call=lambda inner, h: inner(h, None, 3)),
    "mask_in_call": staged(call=lambda inner, h: inner(h, torch.ones(h.shape[:2], dtype=torch.bool, device=h.device))),
    "ids_in_call": staged(call=lambda inner, h: inner(h, torch.zeros(h.shape[:2], dtype=torch.long, device=h.device))),
}
"""A layer gets the hidden states by keyword, or with other arguments that are no features."""

VARIANTS: dict[str, Variant] = {
    "unmodified": Variant(unmodified),
    "affine_embedding_norm": Variant(affine_embedding_norm, needs="norm"),
    **STRUCTURES,
    **CALLS,
    "length_first": staged(
        pack=lambda h: h, unpack=lambda out: out.transpose(0, 1), call=lambda inner, h: inner(h.transpose(0, 1))
    ),
    "doubled": staged(unpack=lambda out: out * 2),
    "doubled_in_place": staged(unpack=lambda out: out.mul_(2)),
    "tied_layers": Variant(tied_layers, needs="alike_layers"),
    "equal_layers": Variant(equal_layers, needs="alike_layers"),
    "checkpointed": Variant(checkpointed, needs="checkpointed"),
    "mask_from_ids": Variant(mask_from_ids),
}
