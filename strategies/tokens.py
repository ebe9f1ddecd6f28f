"""Token batches: ids with special tokens and repeats, masks, token types, positions."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from reference.models.family import MAX_LENGTH
from reference.models.transformer import Transformer
from reference.problem import Ids, Tokens, Vectors
from strategies.baselines import baselines
from strategies.grids import MOST_EXAMPLES, cut, grids, grids_if_any


@cache
def paddings() -> st.SearchStrategy[tuple[tuple[str, int], ...]]:
    """How each example is padded: on which side, and how many places at most. Shrinks to none."""
    row = st.tuples(st.sampled_from(("right", "left", "holes")), st.integers(0, MAX_LENGTH - 1))
    return st.tuples(*(row,) * MOST_EXAMPLES)


@st.composite
def masks(draw: st.DrawFn, *, batch: int, length: int) -> Ids:
    """Attention masks with an unmasked token in every row: nothing hidden, right or left padding, or holes."""
    rows = []
    padding = draw(paddings(), label="padding")[-batch:]
    keys = cut(draw(grids(255), label="order of the holes"), batch=batch, length=length)
    for (side, most), row_keys in zip(padding, keys, strict=True):
        hidden = most % length
        order = sorted(range(length), key=row_keys.__getitem__)
        places = {"right": range(length), "left": range(length)[::-1], "holes": order}[side]
        gone = places[length - hidden :]
        rows.append(tuple(int(place not in gone) for place in range(length)))
    return tuple(rows)


@cache
def masks_if_any(*, batch: int, length: int) -> st.SearchStrategy[Ids | None]:
    """A mask, or none."""
    return st.none() | masks(batch=batch, length=length)


def without(ids: Ids, pad: int, vocab: int) -> Ids:
    """The ids with another token in place of PAD."""
    return tuple(tuple((token + 1) % vocab if token == pad else token for token in row) for row in ids)


@st.composite
def tokens(
    draw: st.DrawFn,
    model: Transformer,
    *,
    longest: int = MAX_LENGTH,
    shortest: int = 1,
    most_examples: int = MOST_EXAMPLES,
    fewest_examples: int = 1,
    vectors: bool = True,
    joint: bool = False,
    masked: bool = True,
) -> Tokens:
    """A batch for `model`, with its baseline; `joint` also draws the baseline's own types and positions.

    Padded places hold PAD half of the time: a mask must hide whatever stands there. If PAD's id reaches the output past
    its embedding, three batches of four have none, so that ids and embeddings give the same function.
    """
    family, pad = model.family, model.family.pad
    length = draw(st.integers(shortest, longest), label="length")
    batch = draw(st.integers(fewest_examples, most_examples), label="batch")

    def maybe(largest: int) -> Ids | None:
        grid = draw(grids_if_any(largest))
        return None if grid is None else cut(grid, batch=batch, length=length)

    ids = cut(draw(grids(model.vocab - 1), label="ids"), batch=batch, length=length)
    if draw(st.booleans(), label="framed by CLS and SEP") and length > 2:
        ids = tuple((family.cls, *row[1:-1], family.sep) for row in ids)
    mask = draw(masks_if_any(batch=batch, length=length), label="mask") if masked else None
    if draw(st.booleans(), label="PAD where masked") and mask is not None:
        ids = tuple(
            tuple(i if seen else pad for i, seen in zip(*rows, strict=True)) for rows in zip(ids, mask, strict=True)
        )
    unpadded = family.by_pad and draw(st.sampled_from((True, True, True, False)), label="no PAD")
    if unpadded:
        ids = without(ids, pad, model.vocab)
    types = maybe(model.types - 1) if family.token_types else None
    positions = maybe(MAX_LENGTH - 1) if family.positions else None
    ends: dict[str, Ids | None] = {}
    if joint:
        ends["baseline_types"] = maybe(model.types - 1) if types else None
        ends["baseline_positions"] = maybe(MAX_LENGTH - 1) if positions else None
    baseline = draw(baselines(model.vocab, special=(family.cls, family.sep), vectors=vectors), label="baseline")
    other = baseline(ids)
    if unpadded and not isinstance(other, Vectors):
        other = without(other, pad, model.vocab)
    return Tokens(ids=ids, baseline=other, mask=mask, types=types, positions=positions, **ends)
