"""The module of `--layer`: it must run once, and return one vector for each token."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reference.check.command.text import Encoded
from reference.models.directory import CannotLoad, Loaded

SUGGESTED = 4
"""The modules that an error suggests."""


def layer_of(loaded: Loaded, encoded: Encoded, path: str) -> nn.Module:
    """The module with this path.

    Raises   CannotLoad if there is none, if the forward does not run it once, or if it returns no vector for each token
    """
    runs = _outputs(loaded, encoded)
    modules: dict[str, nn.Module] = dict(loaded.model.named_modules())
    usable = [name for name in modules if _of_tokens(runs.get(name, []), encoded.length)]
    listed = [name for name in usable if name.rpartition(".")[2].isdigit()] or usable
    embeddings = [name for name in usable if "embed" in name.rpartition(".")[2]]
    for_example = f"use for example {', '.join(list(dict.fromkeys([*embeddings[:1], *listed]))[:SUGGESTED])}"
    if path not in modules or not path:
        raise CannotLoad(f"--layer: the model has no module {path!r}; {for_example}")
    outputs = runs.get(path, [])
    if len(outputs) != 1:
        times = f"runs it {len(outputs)} times" if outputs else "does not run it by itself"
        raise CannotLoad(f"--layer {path}: LIG needs a module that runs once, but the forward {times}; {for_example}")
    if path not in usable:
        shape = f"a tensor of shape {tuple(found.shape)}" if (found := _tensor(outputs[0])) is not None else "no tensor"
        raise CannotLoad(
            f"--layer {path}: this module has no token dimension, so it has no token scores: it returns {shape} for "
            f"{encoded.length} tokens; {for_example}"
        )
    return modules[path]


def _outputs(loaded: Loaded, encoded: Encoded) -> dict[str, list[Any]]:
    """What each module returns in one run of the model, by its path."""
    seen: dict[str, list[Any]] = {}

    def kept(name: str, module: nn.Module, inputs: Any, output: Any) -> None:
        seen.setdefault(name, []).append(output)

    handles = [
        module.register_forward_hook(partial(kept, name)) for name, module in loaded.model.named_modules() if name
    ]
    try:
        with torch.no_grad():
            loaded.model(input_ids=encoded.ids, **encoded.arguments)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _tensor(output: Any) -> Tensor | None:
    first = output[0] if isinstance(output, tuple) and output else output
    return first if isinstance(first, Tensor) else None


def _of_tokens(outputs: list[Any], length: int) -> bool:
    found = _tensor(outputs[0]) if len(outputs) == 1 else None
    return found is not None and found.is_floating_point() and found.dim() == 3 and found.shape[:2] == (1, length)
