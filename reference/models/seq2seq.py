"""What encoder–decoders share: the decoder's own ids are given, so that all paths lead through the encoder's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import every_position
from reference.models.decoder import TinyDecoder
from reference.models.family import Head

DECODER_IDS = (2, 0, 3)
"""What the decoder has read: the start token, and two more. Without them, BART makes them of the encoder's ids."""


def decoded(model_class: str, *, output: str, size: str, bare: bool = False) -> Head:
    """A head of the decoder: one row for each of its tokens. It reads every shown position of the encoder."""

    def shape(spec: Any, length: int) -> tuple[int, ...]:
        return len(DECODER_IDS), getattr(spec, size)

    def reads(index: Any, length: int) -> Sequence[int]:
        return every_position(index, length)

    return Head(model_class=model_class, output=output, shape=shape, reads=reads, bare=bare, attends=True)


class TinySeq2Seq(TinyDecoder):
    """A random encoder–decoder whose decoder has read `DECODER_IDS`."""

    def output(self, model: nn.Module, **given: Tensor | None) -> Tensor:
        """As every spec, with the decoder's ids where the head has a decoder."""
        if self.head in ("seq2seq", "decoder"):
            rows = next(rows for rows in given.values() if rows is not None)
            given["decoder_input_ids"] = torch.tensor(DECODER_IDS, device=rows.device).expand(len(rows), -1)
        return super().output(model, **given)
