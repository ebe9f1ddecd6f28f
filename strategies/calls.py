"""How a subject is asked: method, steps, target, dtype."""

from __future__ import annotations

from hypothesis import strategies as st

from reference.problem import Call, Target
from reference.quadrature import METHODS, fewest_nodes

DTYPES = ("float64", "float32")


def targets(*, labels: int, batch: int) -> st.SearchStrategy[Target]:
    """One class for all examples, or one for each."""
    label = st.integers(0, labels - 1)
    return label | st.lists(label, min_size=batch, max_size=batch).map(tuple)


@st.composite
def calls(
    draw: st.DrawFn,
    *,
    method: str | None = None,
    most_steps: int = 32,
    labels: int = 1,
    batch: int = 1,
    dtypes: st.SearchStrategy[str] = st.sampled_from(DTYPES),
) -> Call:
    """A call with `method`, or any; shrinks to few steps, float64, target 0."""
    chosen = method or draw(st.sampled_from(METHODS), label="method")
    return Call(
        method=chosen,
        n_steps=draw(st.integers(fewest_nodes(chosen), most_steps), label="n_steps"),
        target=draw(targets(labels=labels, batch=batch), label="target"),
        dtype=draw(dtypes, label="dtype"),
    )
