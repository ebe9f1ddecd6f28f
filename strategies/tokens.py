"""Token batches: ids with special tokens and repeats, masks, token types, positions."""

from __future__ import annotations

from hypothesis import strategies as st

from reference.bert import MAX_LENGTH, TinyBert
from reference.problem import Ids, Tokens, Vectors
from strategies.baselines import baselines
from strategies.models import CLS, PAD, SEP

MOST_EXAMPLES = 4


@st.composite
def batches(draw: st.DrawFn, element: st.SearchStrategy[int], *, batch: int, length: int) -> Ids:
    """(batch, length) integers. Shrinks towards the smallest element everywhere."""
    row = st.lists(element, min_size=length, max_size=length).map(tuple)
    return tuple(draw(st.lists(row, min_size=batch, max_size=batch)))


@st.composite
def masks(draw: st.DrawFn, *, batch: int, length: int) -> Ids:
    """Attention masks with an unmasked token in every row: nothing hidden, right or left padding, or holes."""
    rows = []
    for _ in range(batch):
        kept = draw(st.integers(1, length).map(lambda short: length + 1 - short), label="unmasked tokens")
        shape = draw(st.sampled_from(("right", "left", "holes")), label="padding")
        if shape == "holes":
            order = draw(st.permutations(range(length)), label="unmasked places")
            rows.append(tuple(int(place in order[:kept]) for place in range(length)))
        else:
            padded = (1,) * kept + (0,) * (length - kept)
            rows.append(padded if shape == "right" else padded[::-1])
    return tuple(rows)


@st.composite
def tokens(
    draw: st.DrawFn,
    model: TinyBert,
    *,
    lengths: st.SearchStrategy[int] = st.integers(1, MAX_LENGTH),
    batch_sizes: st.SearchStrategy[int] = st.integers(1, MOST_EXAMPLES),
    vectors: bool = True,
    joint: bool = False,
    masked: bool = True,
) -> Tokens:
    """A batch for `model`, with its baseline; `joint` also draws the baseline's own types and positions.

    Padded places hold PAD half of the time: a mask must hide whatever stands there.
    """
    length, batch = draw(lengths, label="length"), draw(batch_sizes, label="batch")

    def maybe(element: st.SearchStrategy[int]) -> Ids | None:
        return draw(st.none() | batches(element, batch=batch, length=length))

    ids = draw(batches(st.integers(0, model.vocab - 1), batch=batch, length=length), label="ids")
    if length > 2 and draw(st.booleans(), label="framed by CLS and SEP"):
        ids = tuple((CLS, *row[1:-1], SEP) for row in ids)
    mask = draw(st.none() | masks(batch=batch, length=length), label="mask") if masked else None
    if mask is not None and draw(st.booleans(), label="PAD where masked"):
        ids = tuple(
            tuple(i if seen else PAD for i, seen in zip(*rows, strict=True)) for rows in zip(ids, mask, strict=True)
        )
    types, positions = st.integers(0, model.types - 1), st.integers(0, MAX_LENGTH - 1)
    own_types, own_positions = maybe(types), maybe(positions)
    ends: dict[str, Ids | None] = {}
    if joint:
        ends["baseline_types"] = maybe(types) if own_types else None
        ends["baseline_positions"] = maybe(positions) if own_positions else None
    baseline: Ids | Vectors = draw(baselines(model, ids, vectors=vectors), label="baseline")
    return Tokens(ids=ids, baseline=baseline, mask=mask, types=own_types, positions=own_positions, **ends)
