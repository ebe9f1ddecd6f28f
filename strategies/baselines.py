"""Baselines: one token everywhere, special tokens kept, random tokens, some of the input's own, or bare vectors.

What is drawn is how a baseline is made of ids, whatever they are: one strategy then serves all batches.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from hypothesis import strategies as st

from reference.problem import Ids, Vectors
from strategies.grids import cut, grids

Making = Callable[[Ids], Ids | Vectors]


def constant(ids: Ids, *, token: int) -> Ids:
    """One token in every place."""
    return tuple((token,) * len(row) for row in ids)


def keeping_special_tokens(ids: Ids, *, token: int, special: tuple[int, ...]) -> Ids:
    """A constant, but CLS and SEP stay where they are: those tokens are equal at both ends."""
    return tuple(tuple(own if own in special else token for own in row) for row in ids)


def partly_equal(ids: Ids, *, vocab: int, steps: Ids) -> Ids:
    """Each token moved on by its step and one more, round the vocabulary; not moved where the step is `vocab`."""
    cut_steps = cut(steps, batch=len(ids), length=len(ids[0]))
    return tuple(
        tuple((own + step + 1) % vocab if step < vocab else own for own, step in zip(*rows, strict=True))
        for rows in zip(ids, cut_steps, strict=True)
    )


@cache
def baselines(vocab: int, *, special: tuple[int, ...], vectors: bool = True) -> st.SearchStrategy[Making]:
    """How a baseline is made of ids: never the zero vector, at which a LayerNorm's output jumps.

    Shrinks to the token 1 in every place, since ids shrink to 0.
    """
    tokens = st.sampled_from((*range(1, vocab), 0))
    alike = tokens.map(lambda token: partial(constant, token=token))
    kept = tokens.map(lambda token: partial(keeping_special_tokens, token=token, special=special))
    moved = grids(vocab).map(lambda steps: partial(partly_equal, vocab=vocab, steps=steps))
    in_space = st.builds(Vectors, seed=st.integers(0, 2**16), scale=st.sampled_from((1.0, 0.5)))
    bare = in_space.map(lambda baseline: lambda ids: baseline)
    return alike | kept | moved | bare if vectors else alike | kept | moved
