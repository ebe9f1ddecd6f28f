"""Classifiers of an encoder and a decoder (BART, T5): both read the same ids, through a word table of their own.

They take no inputs_embeds, so LIG at both tables together is the only way.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference.models.directory import CannotLoad

NAME = "LIG both tables"

WHY = (
    "The model takes no inputs_embeds, and its decoder reads the same ids as its encoder, one position later and "
    "through a table of its own. LIG at both tables together is the only way: the score of a token is the sum of both. "
    "LIG at one table alone misses the other path."
)


def word_tables(model: nn.Module) -> list[nn.Module]:
    """The word tables of the encoder and of the decoder.

    Raises   CannotLoad if they are one module, or not found
    """
    found = []
    modules = list(model.named_modules(remove_duplicate=False))  # T5 before transformers 5 has one table for both
    for part in ("encoder", "decoder"):
        one = next((m for name, m in modules if name.endswith(f"{part}.embed_tokens")), None)
        if one is None:
            raise CannotLoad(f"{type(model).__name__} has no {part}.embed_tokens")
        found.append(one)
    if found[0] is found[1]:
        raise CannotLoad(f"the encoder and the decoder of {type(model).__name__} share one module: LIG needs two")
    return found


def joined(scores: Tensor) -> Tensor:
    """The scores (2 · length) of both tables as those of the tokens (length): the decoder reads one position later."""
    encoder, decoder = scores.chunk(2)
    return encoder + torch.cat([decoder[1:], decoder.new_zeros(1)])
