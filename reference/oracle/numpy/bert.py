"""BERT from the equations of its papers, in NumPy, float64, differentiated by HIPS autograd.

It shares no framework with a subject: the parameters are drawn anew by name and shape, the model is written from the
papers, the gradient is autograd's. What the papers leave open (the mask, a kink's derivative) is as in transformers.

Sources   Devlin et al. 2019, "BERT" (1810.04805); Vaswani et al. 2017, "Attention is all you need" (1706.03762);
          Ba et al. 2016, "Layer normalization" (1607.06450); Sundararajan et al. 2017 (1703.01365)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import sqrt

import autograd.numpy as np
from autograd import grad
from autograd.extend import defvjp, primitive
from numpy import float64
from numpy.typing import ArrayLike, NDArray

from reference.models.bert import TinyBert
from reference.models.family import MAX_LENGTH, choices
from reference.models.tiny import TinyTransformer
from reference.models.versions import MASKED_BY_BOOLEANS
from reference.models.weights import Role, vectors, weights
from reference.oracle.numpy.activations import ACTIVATIONS, Traced
from reference.oracle.quadrature import Rule
from reference.problem import Target, Tokens, Vectors

Array = NDArray[float64]


@lru_cache(maxsize=256)
def parameter(bert: TinyTransformer, name: str, *shape: int, role: Role = Role.OTHER) -> Array:
    """The parameter `name` of transformers' model, float64."""
    rounded = not bert.family.narrows
    return weights(name, shape, bert.weight_seed, bert.weight_scale, role, rounded=rounded)


def base(bert: TinyBert) -> str:
    """What precedes the encoder's parameter names: nothing where the model is the encoder itself."""
    return "" if bert.head in ("pooled", "hidden") else "bert."


def table(bert: TinyBert, role: str, rows: int) -> Array:
    """The embeddings of words, positions or token types, (rows, hidden). Source: Devlin et al. 2019, figure 2."""
    return parameter(bert, f"{base(bert)}embeddings.{role}_embeddings.weight", rows, bert.hidden, role=Role.TABLE)


def dense(bert: TinyTransformer, name: str, x: Traced, columns: int) -> Traced:
    """The affine map x Wᵀ + b: (…, rows) → (…, columns)."""
    return x @ parameter(bert, name + ".weight", columns, x.shape[-1]).T + parameter(bert, name + ".bias", columns)


def activated(bert: TinyTransformer, name: str, x: Traced) -> Traced:
    """The activation of the module `name`; that of prelu has a parameter, its slope below 0."""
    if bert.activation == "prelu":
        return np.where(x > 0, x, parameter(bert, name + ".weight", 1) * x)
    return ACTIVATIONS[bert.activation](x)


def affine(bert: TinyTransformer, name: str, x: Traced) -> Traced:
    """Gain and bias of a LayerNorm alone: g ⊙ x + b over the last axis."""
    gain = parameter(bert, name + ".weight", bert.hidden, role=Role.GAIN)
    return gain * x + parameter(bert, name + ".bias", bert.hidden)


def layer_norm(bert: TinyTransformer, name: str, x: Traced) -> Traced:
    """Layer normalization g ⊙ (x − μ) / √(σ² + ε) + b over the last axis. Source: Ba et al. 2016, equations 3 and 4."""
    centered = x - np.mean(x, axis=-1, keepdims=True)
    return affine(bert, name, centered / np.sqrt(np.mean(centered * centered, axis=-1, keepdims=True) + bert.eps))


EMBEDDING_NORMS = {"unmodified": layer_norm, "affine_embedding_norm": affine}


@primitive  # type: ignore[untyped-decorator]
def softmax(scores: Traced) -> Traced:
    """exp(s_j) / Σ_k exp(s_k) over the last axis, and 0 where every s_k is −∞."""
    highest = np.max(scores, axis=-1, keepdims=True)
    powers = np.exp(scores - np.maximum(highest, np.finfo(float64).min))
    total = np.sum(powers, axis=-1, keepdims=True)
    return powers / np.where(total > 0, total, 1.0)


defvjp(softmax, lambda p, scores: lambda g: p * (g - np.sum(g * p, axis=-1, keepdims=True)))

LOWEST = np.finfo(float64).min

# What is added to the score of a masked key. It matters only where every key is masked: there the lowest float absorbs
# the scores, so attention is uniform though its gradient still passes to them; −∞ leaves no attention at all.
MASKED_SCORE = {"eager": LOWEST, "sdpa": -np.inf if MASKED_BY_BOOLEANS else LOWEST}


def multi_head_attention(bert: TinyBert, name: str, x: Traced, bias: Array) -> Traced:
    """Concat_i(softmax(Q_i K_iᵀ / √d + bias) V_i): x (…, length, hidden), bias (…, 1, 1, length) → the shape of x.

    Source   Vaswani et al. 2017, equation 1 and section 3.2.2
    """

    def projected(role: str) -> Traced:
        y = dense(bert, f"{name}.{role}", x, bert.hidden)
        return np.swapaxes(np.reshape(y, (*y.shape[:-1], bert.heads, -1)), -2, -3)

    query, key, value = projected("query"), projected("key"), projected("value")
    probabilities = softmax(query @ np.swapaxes(key, -1, -2) / sqrt(bert.hidden // bert.heads) + bias)
    return np.reshape(np.swapaxes(probabilities @ value, -2, -3), x.shape)


def encoder_layer(bert: TinyBert, name: str, x: Traced, bias: Array) -> Traced:
    """LayerNorm(y + FFN(y)) with y = LayerNorm(x + MultiHead(x)), each sublayer ending in a dense map.

    Source   Vaswani et al. 2017, sections 3.1 and 3.3, equation 2 with the activation for max(0, ·)
    """
    attended = multi_head_attention(bert, f"{name}.attention.self", x, bias)
    attended = dense(bert, f"{name}.attention.output.dense", attended, bert.hidden)
    x = layer_norm(bert, f"{name}.attention.output.LayerNorm", attended + x)
    inner = dense(bert, f"{name}.intermediate.dense", x, bert.intermediate)
    inner = activated(bert, f"{name}.intermediate.intermediate_act_fn", inner)
    return layer_norm(bert, f"{name}.output.LayerNorm", dense(bert, f"{name}.output.dense", inner, bert.hidden) + x)


def pooled(bert: TinyBert, hidden: Traced) -> Traced:
    """tanh(W C + b), C the first token's vector: (…, length, hidden) → (…, hidden).

    Source   google-research/bert, modeling.py; C as in Devlin et al. 2019, figure 1
    """
    return np.tanh(dense(bert, base(bert) + "pooler.dense", hidden[..., 0, :], bert.hidden))


def masked(bert: TinyBert, hidden: Traced) -> Traced:
    """LayerNorm(act(W h + b)) Eᵀ + c, E the word embeddings: (…, hidden) → (…, vocab).

    Source   google-research/bert, run_pretraining.py, get_masked_lm_output
    """
    name = "cls.predictions.transform"
    transformed = dense(bert, f"{name}.dense", hidden, bert.hidden)
    transformed = activated(bert, f"{name}.transform_act_fn", transformed)
    transformed = layer_norm(bert, f"{name}.LayerNorm", transformed)
    return transformed @ table(bert, "word", bert.vocab).T + parameter(bert, "cls.predictions.bias", bert.vocab)


OUTPUTS: dict[str, Callable[[TinyBert, Traced], Traced]] = {
    "sequence": lambda bert, hidden: dense(bert, "classifier", pooled(bert, hidden), bert.labels),
    "token": lambda bert, hidden: dense(bert, "classifier", hidden, bert.labels),
    "answer_start": lambda bert, hidden: dense(bert, "qa_outputs", hidden, 2)[..., 0],
    "answer_end": lambda bert, hidden: dense(bert, "qa_outputs", hidden, 2)[..., 1],
    "masked": masked,
    "next": lambda bert, hidden: dense(bert, "cls.seq_relationship", pooled(bert, hidden), 2),
    "pooled": pooled,
    "hidden": lambda bert, hidden: hidden,
    "choice": lambda bert, hidden: dense(bert, "classifier", pooled(bert, hidden), 1)[..., 0],
}


def embed(bert: TinyBert, ids: ArrayLike) -> Array:
    """The word embeddings of `ids`: (batch, length) → (batch, length, hidden)."""
    vectors_of_ids: Array = table(bert, "word", bert.vocab)[np.asarray(ids)]
    return vectors_of_ids


def output(
    bert: TinyBert,
    embeddings: Traced,
    mask: ArrayLike | None = None,
    types: ArrayLike | None = None,
    positions: ArrayLike | None = None,
) -> Traced:
    """The head's output. Source: Devlin et al. 2019, section 3, figure 2.

    Shapes   embeddings (…, batch, length, hidden), the rest (batch, length); returns (…, batch, the head's own)
    """
    if bert.head == "choice":
        many = choices(embeddings.shape[-2])
        rows = (None if given is None else _parted(np.asarray(given), many, -1) for given in (mask, types, positions))
        logits = _logits(bert, _parted(embeddings, many, -2), *rows)
        return np.reshape(logits, (*logits.shape[:-1], -1, many))
    return _logits(bert, embeddings, mask, types, positions)


def differentiated_by_torch(bert: TinyBert, mask: ArrayLike | None) -> bool:
    """Whether torch's gradient is that of what it computes: not where sdpa adds the lowest float to a whole row.

    The scores vanish in that float; up to torch 2.13 flash attention on CPU then goes back as if each weight were 1.
    """
    if mask is None or MASKED_SCORE[bert.attention] == -np.inf or bert.attention != "sdpa":
        return True
    many = choices(np.asarray(mask).shape[-1]) if bert.head == "choice" else 1
    return bool(_parted(np.asarray(mask), many, -1).any(-1).all())


def _parted(rows: Traced, many: int, axis: int) -> Traced:
    """Each row cut into `many` along `axis`, the parts as rows of their own."""
    shape = rows.shape
    return np.reshape(rows, (*shape[: axis - 1], shape[axis - 1] * many, shape[axis] // many, *shape[axis:][1:]))


def _logits(
    bert: TinyBert, embeddings: Traced, mask: ArrayLike | None, types: ArrayLike | None, positions: ArrayLike | None
) -> Traced:
    """The head's output for rows that are a text each."""
    length = embeddings.shape[-2]
    typed = table(bert, "token_type", bert.types)[np.zeros(length, int) if types is None else np.asarray(types)]
    placed = table(bert, "position", MAX_LENGTH)[np.arange(length) if positions is None else np.asarray(positions)]
    attended = np.ones(length) if mask is None else np.asarray(mask)
    bias = np.where(attended[..., None, None, :] != 0, 0.0, MASKED_SCORE[bert.attention])
    hidden = embeddings + typed + placed
    hidden = EMBEDDING_NORMS[bert.variant](bert, base(bert) + "embeddings.LayerNorm", hidden)
    for i in range(bert.layers):
        hidden = encoder_layer(bert, f"{base(bert)}encoder.layer.{i}", hidden, bias)
    return OUTPUTS[bert.head](bert, hidden)


def forward(bert: TinyBert, embeddings: Traced, target: Target, *additional: ArrayLike | None) -> Traced:
    """F_n = output[n, target], (…, batch); `additional` is mask, types, positions.

    `target` is one index for all examples or one per example; an index is an int, or a tuple of ints where the output
    has more axes than labels. None: the output is one number per example already.
    """
    result = output(bert, embeddings, *additional)
    if target is None:
        return np.reshape(result, embeddings.shape[:-2])
    axes = result.ndim - embeddings.ndim + 2
    indices = np.asarray(target)[..., None] if axes == 1 else np.asarray(target)
    if indices.shape[-1:] != (axes,):
        raise ValueError(f"target {target!r} does not select from the {axes} axes of {bert.head!r}")
    return result[(..., np.arange(embeddings.shape[-3]), *np.moveaxis(indices, -1, 0))]


def gradient(bert: TinyBert, embeddings: Array, target: Target, *additional: ArrayLike | None) -> Array:
    """∇ Σ_n F_n at the embeddings, in their shape (…, batch, length, hidden); arguments as `forward`."""
    slopes: Array = grad(lambda x: np.sum(forward(bert, x, target, *additional)))(embeddings)
    return slopes


def integrated_gradients(bert: TinyBert, tokens: Tokens, target: Target, rule: Rule) -> Array:
    """Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ at the word embeddings: (batch, length, hidden).

    Source   Sundararajan et al. 2017, equations 1 and 3
    """
    inputs, baselines = embedded(bert, tokens)
    points = baselines + np.reshape(rule.nodes, (-1, 1, 1, 1)) * (inputs - baselines)
    slopes = gradient(bert, points, target, tokens.mask, tokens.types, tokens.positions)
    attribution: Array = np.tensordot(rule.weights, slopes, axes=1) * (inputs - baselines)
    return attribution


def values(bert: TinyBert, tokens: Tokens, target: Target) -> tuple[Array, Array]:
    """F(x), F(x'): (batch,) each."""
    at_x, at_baseline = (
        forward(bert, end, target, tokens.mask, tokens.types, tokens.positions) for end in embedded(bert, tokens)
    )
    return at_x, at_baseline


def embedded(bert: TinyBert, tokens: Tokens) -> tuple[Array, Array]:
    """Both ends of the path, x and x': (batch, length, hidden) each."""
    inputs = embed(bert, tokens.ids)
    if isinstance(tokens.baseline, Vectors):
        return inputs, vectors(tokens.baseline, inputs.shape).numpy()
    return inputs, embed(bert, tokens.baseline)
