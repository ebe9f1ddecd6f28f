"""Causal attention in NumPy: which positions a position reads, and what it takes from them.

Source   Vaswani et al. 2017, "Attention is all you need" (1706.03762), sections 3.2.1 and 3.2.3
"""

from __future__ import annotations

from math import sqrt

import autograd.numpy as np
from numpy.typing import ArrayLike

from reference.models.tiny import TinyTransformer
from reference.oracle.numpy.activations import Traced
from reference.oracle.numpy.bert import MASKED_SCORE, softmax
from reference.oracle.numpy.twin import Array


def bias(spec: TinyTransformer, length: int, mask: ArrayLike | None, positions: ArrayLike | None) -> Array:
    """What is added to the scores, (batch or 1, 1, length, length): nothing, or what hides a key.

    A position reads itself and earlier ones that are not masked. As in transformers, positions without a mask that do
    not count on by one begin another text, which reads none of the text before.
    """
    seen = np.tril(np.ones((length, length), bool))[None]
    if mask is not None:
        seen = seen & (np.asarray(mask) != 0)[:, None, :]
    elif positions is not None:
        text = np.cumsum(np.diff(np.asarray(positions), axis=1, prepend=np.asarray(positions)[:, :1] - 1) != 1, axis=1)
        seen = seen & (text[:, :, None] == text[:, None, :])
    hidden: Array = np.where(seen, 0.0, MASKED_SCORE[spec.attention])[:, None]
    return hidden


def attention(query: Traced, key: Traced, value: Traced, bias: Array) -> Traced:
    """Concat_i(softmax(Q_i K_iᵀ / √d + bias) V_i): (…, length, heads · d). Source: equation 1.

    Shapes   query, key, value (…, heads, length, d)
    """
    scores = query @ np.swapaxes(key, -1, -2) / sqrt(query.shape[-1])
    mixed = np.swapaxes(softmax(scores + bias) @ value, -2, -3)
    return np.reshape(mixed, (*mixed.shape[:-2], -1))


def by_head(x: Traced, heads: int) -> Traced:
    """(…, length, heads · d) as (…, heads, length, d)."""
    return np.swapaxes(np.reshape(x, (*x.shape[:-1], heads, -1)), -2, -3)
