"""What a meaningless call violates: the arguments that must fit together, and the words by which people name them.

An error is clear if it names an argument whose change alone repairs the call, and no crowd of others: a text that lists
every argument names none. A constraint lists its arguments, and `PARTIES` lists the words, for all laws in one place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

PARTIES: dict[str, tuple[str, ...]] = {
    "inputs": (
        "input",
        "x",
        "embedding",
        "embeds",
        "token",
        "ids",
        "example",
        "sample",
        "batch",
        "batch size",
        "row",
        "rows",
    ),
    "baselines": ("baseline", "reference", "x'"),
    "target": ("target", "class", "label", "index", "indices"),
    "forward": ("forward", "model", "func", "output", "prediction", "logit", "return", "row", "rows", "f"),
    "additional_forward_args": (
        "additional_forward_arg",
        "additional forward arg",
        "additional arg",
        "forward arg",
        "argument",
        "kwarg",
        "mask",
    ),
    "n_steps": ("n_steps", "num_steps", "step", "node"),
    "method": ("method", "rule", "quadrature", "approximation", "scheme"),
    "internal_batch_size": ("internal_batch_size", "internal batch size", "batch_size", "batch size", "chunk"),
    "layer": ("layer", "module"),
    "return_convergence_delta": ("return_convergence_delta", "convergence", "delta"),
    "multiply_by_inputs": ("multiply_by_inputs", "multiply by inputs", "factor"),
    "gradient": ("grad", "requires_grad", "no_grad", "graph", "differentia", "detach", "backward"),
    "inference mode": ("inference",),
    "compiling": ("compil", "dynamo"),
}
"""Each argument of a call, and properties of the forward and the process, with the words that name it.

A word of at most three letters must stand alone; a longer one may be the beginning of a word. A word may name two.
"""


@dataclass(frozen=True)
class Constraint:
    """What must fit together in a call. A change of one of `repairs` alone can make the call valid.

    `also` are the other parties: an error may name them, but not them alone. `words` are further words for a party.
    """

    repairs: tuple[str, ...]
    also: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def called_also(self, party: str, *words: str) -> Constraint:
        """The same constraint, one of whose parties has further names in this call."""
        return replace(self, words={**self.words, party: (*self.words.get(party, ()), *words)})

    def __or__(self, other: Constraint) -> Constraint:
        """Both at once: what repairs one of them may be named."""
        words = {party: (*self.words.get(party, ()), *other.words.get(party, ())) for party in PARTIES}
        return Constraint((*self.repairs, *other.repairs), (*self.also, *other.also), words)

    def named_by(self, text: str) -> bool:
        """Whether a clause of the text names a repairing party, and no more strangers than parties."""
        meaning: dict[str, set[str]] = {}
        for words in (PARTIES, self.words):
            for party, names in words.items():
                for name in names:
                    meaning.setdefault(name.lower(), set()).add(party)
        # The longest first: a batch size is no batch.
        pattern = "|".join(map(_pattern, sorted(meaning, key=len, reverse=True)))
        clauses = re.split(r"[.:;!?](?:\s|$)|\n", REPR.sub(" ", text.lower()))
        return any(self._named_in([meaning[word] for word in re.findall(pattern, clause)]) for clause in clauses)

    def _named_in(self, named: list[set[str]]) -> bool:
        """Whether a clause does so whose words name these parties; a word may name two."""
        own = {*self.repairs, *self.also}
        parties = {party for meant in named for party in meant & own}
        strangers = {min(meant) for meant in named if not meant & own}
        return bool(parties & {*self.repairs}) and len(strangers) <= len(parties)

    def __str__(self) -> str:
        return " or ".join(map(repr, self.repairs))


REPR = re.compile(r"<\w(?:[^<>]|<\w+>)*>")
"""`<class 'float'>`, `<function law.<locals>.forward at 0x7f>`: the words in there are not the subject's."""

SHORT = 4
"""The fewest letters of a word that may be the beginning of another: `step` of `steps`."""


def _pattern(word: str) -> str:
    """The word where it begins, and where it ends if it is short."""
    return rf"(?<!\w){re.escape(word)}" + ("" if len(word) >= SHORT else r"(?![\w'])")


N_STEPS = Constraint(("n_steps",), also=("method",))
METHOD = Constraint(("method",))
CHUNK = Constraint(("internal_batch_size",), also=("inputs", "n_steps"))
TARGET = Constraint(("target",), also=("forward", "inputs"))
SELECTED = Constraint(("target", "forward"), also=("inputs",))
"""Either the target selects one number for each example, or the forward returns one."""
OUTPUT = Constraint(("forward",), also=("inputs", "target", "additional_forward_args"))
ONE_VALUE = Constraint(("forward", "return_convergence_delta"), also=("inputs", "target"))
GRADIENT = Constraint(("forward", "gradient"), also=("inputs",))
LAYER = Constraint(("layer",), also=("forward", "inputs"))
INPUTS = Constraint(("inputs",), also=("baselines", "forward"))
ENDS = Constraint(("baselines", "inputs"))
"""Baselines fit their inputs."""
BASELINE = Constraint(("baselines",), also=("inputs",))
"""The baseline means nothing, whatever the inputs are."""
ARGUMENTS = Constraint(("additional_forward_args",), also=("inputs", "forward"))
DELTA_OF_AVERAGE = Constraint(("multiply_by_inputs", "return_convergence_delta"))
COMPILING = Constraint(("compiling",), also=("forward", "layer"))
INFERENCE_MODE = Constraint(("inference mode",), also=("gradient", "inputs", "forward"))
