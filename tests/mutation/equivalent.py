"""Mutants that no law can see, judged by reading them: file, lines before, lines after, and why."""

from __future__ import annotations

SCALAR, CORE, LAYERS, REFUSALS = (
    f"tests/subjects/textbook/{name}.py" for name in ("scalar", "integrated_gradients", "layers", "refusals")
)

REVERSED = "a Gauss-Legendre rule is its own mirror image: the same nodes with the same weights, from last to first"
SLOWER = "the same sum, with more calls of the forward"
WRITTEN_FIRST = "nothing reads the value before another is put in its place"
EMPTY = "differs for an empty list alone, whose dtype selects nothing"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (CORE, "return (1 + nodes) / 2, gauss / 2", "return (1 - nodes) / 2, gauss / 2"): REVERSED,
    (CORE, "steps_a_call = max(1, rows // len(examples))", "steps_a_call = min(1, rows // len(examples))"): SLOWER,
    (LAYERS, "self.rows = 0", "self.rows = 1"): WRITTEN_FIRST,
    (
        REFUSALS,
        "return torch.tensor([[operator.index(n) for n in numbers] for numbers in indices]).long()"
        ".view(batch, len(sizes))",
        "return torch.tensor([[operator.index(n) for n in numbers] for numbers in indices]).view(batch, len(sizes))",
    ): EMPTY,
}
