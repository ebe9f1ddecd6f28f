"""GPT-2 from its paper's equations, in NumPy, float64: learned positions, LayerNorm before each sublayer.

Sources   Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.3; Radford et al. 2018,
          "Improving language understanding by generative pre-training", equation 2
"""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from numpy.typing import ArrayLike

from reference.models.family import MAX_LENGTH
from reference.models.weights import Role
from reference.oracle.numpy.activations import Traced
from reference.oracle.numpy.bert import activated, dense, layer_norm, parameter
from reference.oracle.numpy.causal import attention, bias, by_head
from reference.oracle.numpy.twin import Array, Twin


def base(gpt: Any) -> str:
    """What precedes the names of the bare model's parameters."""
    return "" if gpt.head == "hidden" else "transformer."


def table(gpt: Any) -> Array:
    """The word embeddings, (vocab, hidden)."""
    return parameter(gpt, base(gpt) + "wte.weight", gpt.vocab, gpt.hidden, role=Role.TABLE)


def columns(gpt: Any, name: str, x: Traced, size: int) -> Traced:
    """x W + b, with the matrix stored as it is multiplied: (…, rows) → (…, size)."""
    return x @ parameter(gpt, name + ".weight", x.shape[-1], size) + parameter(gpt, name + ".bias", size)


def block(gpt: Any, name: str, x: Traced, hidden: Array) -> Traced:
    """y + MLP(LN(y)) with y = x + Attention(LN(x)). Source: Radford et al. 2019, section 2.3."""
    joint = columns(gpt, f"{name}.attn.c_attn", layer_norm(gpt, f"{name}.ln_1", x), 3 * gpt.hidden)
    query, key, value = (by_head(part, gpt.heads) for part in np.split(joint, 3, axis=-1))
    x = x + columns(gpt, f"{name}.attn.c_proj", attention(query, key, value, hidden), gpt.hidden)
    inner = columns(gpt, f"{name}.mlp.c_fc", layer_norm(gpt, f"{name}.ln_2", x), gpt.intermediate)
    return x + columns(gpt, f"{name}.mlp.c_proj", activated(gpt, f"{name}.mlp.act", inner), gpt.hidden)


def output(gpt: Any, embeddings: Traced, mask: ArrayLike | None, positions: ArrayLike | None) -> Traced:
    """The head's output, (…, batch, …)."""
    length = embeddings.shape[-2]
    places = parameter(gpt, base(gpt) + "wpe.weight", MAX_LENGTH, gpt.hidden, role=Role.TABLE)
    x = embeddings + places[np.arange(length) if positions is None else np.asarray(positions)]
    hidden = bias(gpt, length, mask, positions)
    for i in range(gpt.layers):
        x = block(gpt, f"{base(gpt)}h.{i}", x, hidden)
    x = layer_norm(gpt, base(gpt) + "ln_f", x)
    if gpt.head == "causal":
        return x @ (table(gpt) if gpt.tied else parameter(gpt, "lm_head.weight", gpt.vocab, gpt.hidden)).T
    if gpt.head == "sequence":
        return x[..., -1, :] @ parameter(gpt, "score.weight", gpt.labels, gpt.hidden).T
    return dense(gpt, "classifier", x, gpt.labels) if gpt.head == "token" else x


TWIN = Twin(table, output)

values, integrated_gradients = TWIN.values, TWIN.integrated_gradients
differentiated_by_torch = TWIN.differentiated_by_torch
