"""Mistakes of the space: attributions of another module's output."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from reference.check.field import Call
from reference.check.integral import cached_rule
from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.unsound import Unsound

MOST_SPACES = 24
"""Modules that are looked at."""

COARSE = 6
"""Nodes of the Gauss–Legendre rule by which a module is judged before all steps are taken."""

NEAR = 0.5
"""How far the coarse scores may lie from the numbers, as a share of the largest."""


@hypothesis("the other space", needs=("model",))
def other_space(given: Given) -> Iterator[Candidate]:
    """The attribution at the word table, at the embeddings, or at a layer, instead of the space that was told."""
    assert given.model is not None
    shapes = given.numbers.space.shapes
    if len(shapes) != 1:
        return
    if given.call.layers:
        words = ("the outputs of the layer", "the inputs of the layer")[not given.call.at_input]
        yield Candidate(
            f"these are the attributions at {words}", call=given.call.changed(at_input=not given.call.at_input)
        )
    for name, module in spaces(given):
        call = given.call.changed(layers=(module,), at_input=False)
        yield Candidate(
            f"these are the attributions at {name}", call=call, likely=None if _near(given, call) else False
        )


def spaces(given: Given) -> list[tuple[str, nn.Module]]:
    """The modules whose output has the shape of the numbers, as the forward runs them once, in order."""
    assert given.model is not None
    found: list[tuple[str, nn.Module]] = []
    counts: dict[nn.Module, int] = {}
    (shape,) = given.numbers.space.shapes
    wanted = (given.call.examples, *shape)

    def hook(module: nn.Module, inputs: object, output: object) -> None:
        counts[module] = counts.get(module, 0) + 1
        value = output[0] if isinstance(output, tuple | list) and output else output
        if isinstance(value, Tensor) and tuple(value.shape) == wanted and counts[module] == 1:
            found.append((names[module], module))

    names = {module: name for name, module in given.model.named_modules() if name}
    kept = {module: name for module, name in names.items() if _is_space(given.model, name)}
    handles = [module.register_forward_hook(hook) for module in kept]
    try:
        given.call.outputs(given.call.inputs, torch.float32)
    finally:
        for handle in handles:
            handle.remove()
    own = given.call.layers
    return [(name, module) for name, module in found if counts[module] == 1 and module not in own][:MOST_SPACES]


def _is_space(model: nn.Module, name: str) -> bool:
    """The embeddings, what is in them, each block of a list, and norms beside the list."""
    parts = name.split(".")
    if any("embed" in part or part in ("wte", "wpe") for part in parts):
        return True
    if parts[-1].isdigit():
        return True
    return "norm" in parts[-1].lower() and not any(part.isdigit() for part in parts)


def _near(given: Given, call: Call) -> bool:
    side = given.sides.rounded.of(call).under(cached_rule("gausslegendre", COARSE))
    try:
        coarse = side.scores
    except (Unsound, ValueError, TypeError, RuntimeError):
        return False
    own = given.numbers.flat
    return bool(((coarse - own).abs().amax(1) <= NEAR * own.abs().amax(1)).all())
