"""What a tool that scores texts declares: in a few lines, what its own documentation promises.

The laws of the group `scores` compare the tool with this alone. What a tool does otherwise is a deviation from its own
documentation.
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
