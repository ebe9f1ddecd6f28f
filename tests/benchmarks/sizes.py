"""The two sizes of model that are timed."""

from __future__ import annotations

from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens

N_STEPS = 20


def _tokens(examples: int, length: int, vocab: int) -> Tokens:
    ids = tuple(
        tuple((example + 3 * place) % (vocab - 1) + 1 for place in range(length)) for example in range(examples)
    )
    return Tokens(ids=ids, baseline=tuple(tuple(0 for _ in row) for row in ids))


SIZES = {
    "tiny": Problem(model=TinyBert(vocab=9, hidden=4, layers=2), data=_tokens(3, 5, 9), call=Call(n_steps=N_STEPS)),
    "MiniLM": Problem(
        model=TinyBert(vocab=1000, hidden=384, heads=12, layers=6, intermediate=1536, weight_scale=0.5),
        data=_tokens(4, 12, 1000),
        call=Call(n_steps=N_STEPS),
    ),
}
"""By name: a problem of the size that laws draw, and one of the size of MiniLM, whose weights are random."""
