"""LLaMA from its paper's equations, in NumPy, float64: RMSNorm before each sublayer, RoPE, SwiGLU, grouped keys.

It narrows nothing to float32, as transformers does: the two agree to float32's rounding.

Sources   Touvron et al. 2023 (2302.13971), section 2.2; Zhang and Sennrich 2019, "Root mean square layer
          normalization" (1910.07467), equation 4; Su et al. 2021, "RoFormer" (2104.09864), equation 34; Shazeer 2020,
          "GLU variants" (2002.05202), equation 6; Ainslie et al. 2023, "GQA" (2305.13245), section 2.2
"""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from numpy.typing import ArrayLike

from reference.models.weights import Role
from reference.oracle.numpy.activations import Traced
from reference.oracle.numpy.bert import activated, dense, parameter
from reference.oracle.numpy.causal import attention, bias, by_head
from reference.oracle.numpy.twin import Array, Twin

THETA = 10000.0


def base(llama: Any) -> str:
    """What precedes the names of the bare model's parameters."""
    return "" if llama.head == "hidden" else "model."


def table(llama: Any) -> Array:
    """The word embeddings, (vocab, hidden)."""
    return parameter(llama, base(llama) + "embed_tokens.weight", llama.vocab, llama.hidden, role=Role.TABLE)


def linear(llama: Any, name: str, x: Traced, size: int) -> Traced:
    """x Wᵀ: (…, rows) → (…, size)."""
    return x @ parameter(llama, name + ".weight", size, x.shape[-1]).T


def rms_norm(llama: Any, name: str, x: Traced) -> Traced:
    """g ⊙ x / √(mean of x² + ε) over the last axis. Source: Zhang and Sennrich 2019, equation 4."""
    gain = parameter(llama, name + ".weight", llama.hidden, role=Role.GAIN)
    return gain * x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + llama.eps)


def rotated(x: Traced, angles: Array) -> Traced:
    """Units i and i + d/2 turned by the position's angle i. Source: Su et al. 2021, equation 34, in halves.

    Shapes   x (…, heads, length, d), angles (batch or 1, 1, length, d/2)
    """
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.concatenate((first * cosine - second * sine, second * cosine + first * sine), axis=-1)


def block(llama: Any, name: str, x: Traced, hidden: Array, angles: Array) -> Traced:
    """y + SwiGLU(RMSNorm(y)) with y = x + Attention(RMSNorm(x)). Source: Touvron et al. 2023, section 2.2."""
    normed = rms_norm(llama, f"{name}.input_layernorm", x)
    size = llama.head_size
    query = by_head(linear(llama, f"{name}.self_attn.q_proj", normed, llama.hidden), llama.heads)
    key, value = (
        by_head(linear(llama, f"{name}.self_attn.{role}_proj", normed, llama.kv_heads * size), llama.kv_heads)
        for role in ("k", "v")
    )
    shared = np.arange(llama.heads) * llama.kv_heads // llama.heads  # of each query's head, that of its key and value
    key, value = rotated(key, angles)[..., shared, :, :], value[..., shared, :, :]
    mixed = attention(rotated(query, angles), key, value, hidden)
    x = x + linear(llama, f"{name}.self_attn.o_proj", mixed, llama.hidden)
    normed = rms_norm(llama, f"{name}.post_attention_layernorm", x)
    gate = activated(llama, f"{name}.mlp.act_fn", linear(llama, f"{name}.mlp.gate_proj", normed, llama.intermediate))
    inner = gate * linear(llama, f"{name}.mlp.up_proj", normed, llama.intermediate)
    return x + linear(llama, f"{name}.mlp.down_proj", inner, llama.hidden)


def output(llama: Any, embeddings: Traced, mask: ArrayLike | None, positions: ArrayLike | None) -> Traced:
    """The head's output, (…, batch, …)."""
    length, size = embeddings.shape[-2], llama.head_size
    places = np.arange(length)[None] if positions is None else np.asarray(positions)
    angles = places[:, None, :, None] * THETA ** (-np.arange(0, size, 2) / size)
    hidden = bias(llama, length, mask, positions)
    x = embeddings
    for i in range(llama.layers):
        x = block(llama, f"{base(llama)}layers.{i}", x, hidden, angles)
    x = rms_norm(llama, base(llama) + "norm", x)
    if llama.head == "causal":
        return x @ (table(llama) if llama.tied else parameter(llama, "lm_head.weight", llama.vocab, llama.hidden)).T
    if llama.head == "sequence":
        return linear(llama, "score", x[..., -1, :], llama.labels)
    return dense(llama, "score", x, llama.labels) if llama.head == "token" else x


TWIN = Twin(table, output)

values, integrated_gradients = TWIN.values, TWIN.integrated_gradients
differentiated_by_torch = TWIN.differentiated_by_torch
