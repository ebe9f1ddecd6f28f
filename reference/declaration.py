"""What a tool declares of its scores, of texts or of nodes and edges: in a few lines, what its documentation promises.

The laws of the groups `scores` and `patching` compare the tool with this alone. What a tool does otherwise is a
deviation from its own documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference.oracle.quadrature import METHODS
from reference.short_repr import ShortRepr

CHOICES: dict[str, tuple[str | None, ...]] = {
    "quantity": ("ig", "lig", "patching effect", "sequential ig", "expected gradients"),
    "at": ("word embeddings", "embeddings"),
    "baseline": ("zero", "pad", "mask", "unk", "id 0"),
    "output": ("logit", "probability", "log-probability"),
    "answer": ("all tokens", "first token"),
    "normalisation": (None, "l1", "l2", "max"),
    "grouping": ("tokens", "words"),
    "method": (None, *METHODS),
}
"""What a field may say."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Declaration(ShortRepr):
    """What the scores of a tool are, as the page or the docstring at `source` says.

    `at` is the space of the path; `baseline` is what stands there for each token, special tokens excepted if
    `keeps_special`. `output` is what F is of the target: for a decoder, of the tokens of the answer after the text
    (`answer`), added up. A score is the
    sum over the embedding dimension, of one token or of one word (`grouping`); all scores of a text are divided by
    their norm if there is a `normalisation`. `mask` and `token_types` say whether the model gets those of the
    tokenizer, `pairs` whether a text may be a pair. `eval_mode` says that the tool puts the model into eval mode.
    `families` are the architectures that it takes.

    Raises   ValueError for a field that says something else than CHOICES
    """

    source: str
    families: tuple[str, ...]
    quantity: str = "ig"
    at: str = "word embeddings"
    baseline: str = "pad"
    keeps_special: bool = False
    output: str = "logit"
    answer: str = "all tokens"
    normalisation: str | None = None
    grouping: str = "tokens"
    method: str | None = "gausslegendre"
    n_steps: int = 50
    mask: bool = True
    token_types: bool = True
    pairs: bool = False
    eval_mode: bool = False

    def __post_init__(self) -> None:
        for field, allowed in CHOICES.items():
            if getattr(self, field) not in allowed:
                listed = ", ".join(map(repr, allowed))
                raise ValueError(f"{field} must be one of {listed}; got {getattr(self, field)!r}")

    @property
    def samples(self) -> bool:
        """Whether the scores are random, so that only their mean over calls is declared."""
        return self.quantity == "expected gradients"

    @property
    def words(self) -> str:
        """The declaration in one line, for a verdict."""
        whole = "" if self.normalisation is None else f", divided by the {self.normalisation} norm"
        kept = ", special tokens kept" if self.keeps_special else ""
        steps = f"{self.method} in {self.n_steps} steps" if self.method else "no rule"
        return (
            f"{self.quantity} of the {self.output} at the {self.at} from {self.baseline!r}{kept}, "
            f"one score for each of the {self.grouping}{whole}; {steps}"
        )


PATHS = ("own activation", "inputs")


@dataclass(frozen=True, kw_only=True, repr=False)
class PathDeclaration(ShortRepr):
    """What the scores of nodes, or of edges, are, as the page or the docstring at `source` says.

    A node is the output of a module, an edge what one module adds to the input of a later one. `path` says what moves
    from its value at x' to its value at x: the node's own activation (the edge's own part of the input), with all else
    at x, or the embeddings of the inputs, with the gradient taken at the node (at the input that the edge leads to).
    A score is Σ_k w_k ∇F(p(α_k)) · (h(x) − h(x')) under the rule. `together` says that all nodes of a call move at
    once.

    Raises   ValueError for an unknown path or method
    """

    source: str
    families: tuple[str, ...] = ("gpt2",)
    path: str = "own activation"
    method: str = "gausslegendre"
    n_steps: int = 50
    together: bool = False

    def __post_init__(self) -> None:
        for field, allowed in (("path", PATHS), ("method", METHODS)):
            if getattr(self, field) not in allowed:
                listed = ", ".join(map(repr, allowed))
                raise ValueError(f"{field} must be one of {listed}; got {getattr(self, field)!r}")

    @property
    def words(self) -> str:
        """The declaration in one line, for a verdict."""
        moved = "all nodes of a call at once; " if self.together else ""
        path = "its own activation" if self.path == "own activation" else "the embeddings of the inputs"
        return f"patching effect along the path of {path}; {moved}{self.method} in {self.n_steps} steps"
