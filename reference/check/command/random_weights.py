"""Weights that the folder lacks are random: F must not use them."""

from __future__ import annotations

import torch

from reference.check.command.objective import Objective
from reference.check.command.text import Encoded
from reference.models.directory import CannotLoad, Loaded

NAMED = 4
"""The weights that a line names."""


def remarks_on(loaded: Loaded, encoded: Encoded, objective: Objective) -> list[str]:
    """A remark if the folder lacks weights that F does not use.

    Raises   CannotLoad if F uses one of them
    """
    missing = {name: one for name, one in loaded.missing.items() if one.is_floating_point()}
    if not missing:
        return []
    weights = list(missing.values())
    before = [one.requires_grad for one in weights]
    try:
        for one in weights:
            one.requires_grad_(True)
        with torch.enable_grad():
            value = objective.number(input_ids=encoded.ids, **encoded.arguments).sum()
            slopes = torch.autograd.grad(value, weights, allow_unused=True) if value.requires_grad else ()
    finally:
        for one, own in zip(weights, before, strict=True):
            one.requires_grad_(own)
    used = [name for name, slope in zip(missing, slopes, strict=bool(slopes)) if slope is not None]
    if used:
        raise CannotLoad(
            f"{loaded.path} lacks {len(used)} weights that F uses, so they would be random: {_listed(used)}; use a "
            f"folder with a trained {type(loaded.model).__name__}"
        )
    return [f"{len(missing)} weights are not in the folder, and F does not use them: {_listed(list(missing))}"]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
