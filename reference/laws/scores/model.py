"""Scoring texts is a function of model and text: the same each time, in either mode, and it leaves the model alone."""

from __future__ import annotations

from typing import Any

import torch

from reference.laws.law import law
from reference.laws.purity.snapshot import Snapshot
from reference.laws.scores.asking_texts import ScoresAsking
from reference.laws.scores.generators import kept
from reference.oracle.budget import assert_equal
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

MODE = ".training"
"""How the names of modules' modes end in a snapshot."""


class ScoredOtherwise(Violation):
    """The same text gets other scores a second time."""


class ScoredInTrainMode(Violation):
    """The scores depend on the mode in which the model was left."""


class ModelChangedByScores(Violation):
    """The model or the tokenizer is not as it was before the call."""


@law(
    group="scores",
    violation=ScoredOtherwise,
    needs={"scores"},
    source="https://github.com/meta-pytorch/captum/issues/981",
    domain="texts",
)
def same_text_twice(problem: Problem, subject: Subject) -> None:
    """The same call twice gives the same scores, bit for bit, whatever the state of the global generator is."""
    asking = ScoresAsking.of(ScoredOtherwise, problem, subject)
    with kept(seed=0):
        once = asking.scores()
    with kept(seed=1):
        again = asking.scores()
    for text, one, other in zip(asking.texts.passed, once, again, strict=True):
        if not torch.equal(one, other):
            raise ScoredOtherwise(f"scores of {text!r} by {asking.family.name}: first {one}, then {other}")


@law(
    group="scores",
    violation=ScoredInTrainMode,
    needs={"scores"},
    source="https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval",
    domain="texts_with_dropout",
)
def scores_in_train_mode(problem: Problem, subject: Subject) -> None:
    """If the tool declares that it puts the model into eval mode, a model left in train mode gets the same scores."""
    asking = ScoresAsking.of(ScoredInTrainMode, problem, subject)
    if not asking.declares.eval_mode:
        raise NotApplicable(f"subject {subject.name} leaves the mode to the caller")
    right = asking.scores()
    asking.model.train()
    with kept(seed=0):
        found = asking.scores()
    for text, got, expected in zip(asking.texts.passed, found, right, strict=True):
        _, budget = asking.expected(text)
        assert_equal(
            ScoredInTrainMode,
            got=got.unsqueeze(0),
            expected=expected.double().unsqueeze(0),
            budget=2 * budget,
            what=f"scores of {text!r} by {asking.family.name} in train mode, against those in eval mode",
        )


@law(
    group="scores",
    violation=ModelChangedByScores,
    needs={"scores"},
    source="https://github.com/meta-pytorch/captum/issues/866",
    domain="texts",
)
def scores_leave_the_model_alone(problem: Problem, subject: Subject) -> None:
    """Scores leave all as it was: the model's weights, gradients, hooks, modes; the tokenizer; the shared state."""
    asking = ScoresAsking.of(ModelChangedByScores, problem, subject, sampled=True)
    asking.model.train()
    with kept():
        snapshot, tokenizer = Snapshot.of(asking.model), _state(asking.tokenizer)
        asking.called()
        changed = snapshot.changes()
    if asking.declares.eval_mode:
        changed = [name for name in changed if not name.endswith(MODE)]
    changed += [f"tokenizer: {name}" for name, value in _state(asking.tokenizer).items() if value != tokenizer[name]]
    if changed:
        raise ModelChangedByScores(f"{asking.family.name}: after the call are changed: {', '.join(changed[:5])}")


def _state(tokenizer: Any) -> dict[str, Any]:
    """What a call could change of the tokenizer."""
    return {
        "special tokens": dict(tokenizer.special_tokens_map),
        "padding side": tokenizer.padding_side,
        "truncation side": tokenizer.truncation_side,
        "longest text": tokenizer.model_max_length,
        "vocabulary": tokenizer.get_vocab(),
    }
