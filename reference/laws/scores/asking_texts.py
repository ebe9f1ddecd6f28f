"""Asking a subject to score texts: its call, and the scores that follow from what it declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Layer
from reference.declaration import Declaration
from reference.laws.compared import token_scores
from reference.laws.scores.generators import kept
from reference.models.build import built_problem
from reference.models.texts import Texts
from reference.models.tiny_text import TextFamily
from reference.oracle.budget import Budget, assert_equal
from reference.oracle.expected import Expected
from reference.oracle.oracle import Oracle
from reference.oracle.quadrature import Rule
from reference.problem import DTYPES, Problem, Vectors
from reference.subject import rule_of
from reference.violation import NotApplicable, Violation, called, wrong_structure

Passed = str | tuple[str, str]
Change = Callable[[nn.Module], None]

OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "logit": lambda logits: logits,
    "probability": lambda logits: logits.softmax(-1),
    "log-probability": lambda logits: logits.log_softmax(-1),
}
BASELINES = {"pad": "pad_token_id", "mask": "mask_token_id", "unk": "unk_token_id"}
NORMS = {"l1": 1.0, "l2": 2.0, "max": float("inf")}


def unchanged(model: nn.Module) -> None:
    """The model stays as it is."""


@dataclass(frozen=True)
class ScoresAsking:
    """What one law asks one subject about the texts of one problem. `change` is made of every model of the problem."""

    violation: type[Violation]
    problem: Problem
    subject: Any
    family: TextFamily
    change: Change = unchanged

    @classmethod
    def of(cls, violation: type[Violation], problem: Problem, subject: Any, *, sampled: bool = False) -> ScoresAsking:
        """For laws of exact scores, and of `sampled` ones if they say so.

        Raises   NotApplicable if the subject takes no such model or no pairs, or if it samples
        """
        if subject.declares.samples and not sampled:
            raise NotApplicable(f"subject {subject.name} samples: only the mean of its scores is declared")
        in_pairs = problem.data.seconds is not None
        if in_pairs and not subject.declares.pairs:
            raise NotApplicable(f"subject {subject.name} takes no pairs")
        return cls(violation, problem, subject, problem.model.chosen(subject.declares.families, in_pairs))

    def made(self, dtype: torch.dtype) -> nn.Module:
        """A new model on CPU, in eval mode."""
        model = self.family.make(self.problem.model, dtype)
        with torch.no_grad():
            self.change(model)
        return model

    @cached_property
    def model(self) -> nn.Module:
        """The subject's own, on its device."""
        return self.made(self.problem.dtype).to(self.subject.device)

    @property
    def declares(self) -> Declaration:
        found: Declaration = self.subject.declares
        return found

    @property
    def texts(self) -> Texts:
        found: Texts = self.problem.data
        return found

    @property
    def target(self) -> Any:
        """A class, or the answer of a decoder."""
        return self.texts.answer or "a" if self.family.causal else self.problem.call.target

    @cached_property
    def tokenizer(self) -> Any:
        return self.family.tokenizer()

    def scores(self, texts: Sequence[Passed] | None = None) -> list[Tensor]:
        """What `called` returns; the global generators go on as before."""
        __tracebackhide__ = True
        with kept():
            return self.called(texts)

    def called(self, texts: Sequence[Passed] | None = None) -> list[Tensor]:
        """A tensor of one dimension for each text.

        Raises   violation: of severity crash if the call raises, of severity shape for another structure
        """
        __tracebackhide__ = True
        passed = tuple(self.texts.passed if texts is None else texts)
        call = partial(self.subject.scores, self.model, tokenizer=self.tokenizer, texts=passed)
        result = called(self.violation, "scores", partial(call, target=self.target))
        of_texts = isinstance(result, list | tuple) and len(result) == len(passed)
        if not (of_texts and all(isinstance(one, Tensor) and one.dim() == 1 for one in result)):
            raise wrong_structure(self.violation, "scores", f"{len(passed)} tensors of one dimension", result)
        return list(result)

    def assert_scores(self, got: Tensor, text: Passed) -> None:
        """The scores of the text are the declared ones, to rounding."""
        __tracebackhide__ = True
        expected, budget = self.expected(text)
        what = f"scores of {text!r} by {self.family.name}"
        assert_equal(self.violation, got=got.unsqueeze(0), expected=expected, budget=budget, what=what)

    def expected(self, text: Passed) -> tuple[Tensor, Budget]:
        """The declared scores (1, tokens or words), and how far each of them may be off."""
        attribution = self.attribution(text)
        scores, budget = self.grouped(token_scores(attribution.attribution), attribution.tokens, text)
        return _normalised(scores, budget, self.declares.normalisation)

    def grouped(self, tokens: Tensor, budget: Budget, text: Passed) -> tuple[Tensor, Budget]:
        """The scores of tokens, or their sums over the tokens of each word. A special token is a word of its own."""
        if self.declares.grouping == "tokens":
            return tokens, budget
        words = self.encoded(text).word_ids()
        starts = [not i or words[i] is None or words[i] != words[i - 1] for i in range(len(words))]
        of_word = torch.tensor(starts).cumsum(0) - 1
        sums = torch.zeros(1, int(of_word[-1]) + 1, dtype=tokens.dtype).index_add(1, of_word, tokens)
        return sums, float(of_word.bincount().max()) * budget

    def attribution(self, text: Passed) -> Expected:
        """What the declared quantity is at the declared place, under the declared rule: (1, tokens, hidden)."""
        oracle = self.oracle(text)
        return oracle.ig() if self.layer is None else oracle.lig(self.layer)

    def oracle(self, text: Passed) -> Oracle:
        """Raises NotApplicable for a quantity without a rule, or without an oracle."""
        declares = self.declares
        if declares.quantity not in ("ig", "lig") or declares.method is None:
            raise NotApplicable(f"no oracle under a rule for {declares.words}")
        return self.oracle_under(rule_of(self.subject, declares.method, declares.n_steps), text)

    def oracle_under(self, nodes: Rule, text: Passed) -> Oracle:
        """Raises NotApplicable at a place that the model does not have."""
        declares = self.declares
        if declares.at == "embeddings" and (self.family.embeddings is None or declares.baseline == "zero"):
            raise NotApplicable(f"{self.family.name}: no path at its embeddings from {declares.baseline!r}")
        float64, float32 = (self.built(self.made(DTYPES[dtype]), text) for dtype in ("float64", "float32"))
        called_without = self.problem.asking(target=None) if self.family.causal else self.problem
        return Oracle(called_without, nodes, float64, float32, self.subject.device)

    @property
    def layer(self) -> Layer | None:
        """The declared place, or None for the word embeddings."""
        return None if self.declares.at == "word embeddings" else Layer(str(self.family.embeddings))

    def built(self, model: nn.Module, text: Passed) -> BuiltProblem:
        """The model with both ends of the declared path."""
        encoded = self.encoded(text)
        names = [name for name in self.family.arguments if self.passes(name)]
        run = self.of_answer(model, encoded.input_ids) if self.family.causal else self.of_class(model)
        return built_problem(
            model,
            run,
            model.get_submodule(self.family.word_table),
            encoded.input_ids,
            self.baseline(encoded.input_ids),
            {} if self.family.causal else {name: encoded[name] for name in names},
            layers_in_order=(),
            output_dims=1 if self.family.causal else 2,
        )

    def passes(self, argument: str) -> bool:
        """Whether the subject declares that the model gets the argument."""
        declared = {"token_type_ids": self.declares.token_types, "attention_mask": self.declares.mask}
        return declared.get(argument, True)

    def encoded(self, text: Passed) -> Any:
        """The tokens of the text: what the user's model gets."""
        parts = text if isinstance(text, tuple) else (text,)
        return self.tokenizer(*parts, return_tensors="pt")

    def baseline(self, ids: Tensor) -> Tensor | Vectors:
        """The declared baseline of a text: ids of its shape, or zero vectors."""
        if self.declares.baseline == "zero":
            return Vectors(scale=0.0)
        known = BASELINES.get(self.declares.baseline)
        blank = torch.full_like(ids, 0 if known is None else getattr(self.tokenizer, known))
        if not self.declares.keeps_special:
            return blank
        special = torch.isin(ids, torch.tensor(self.tokenizer.all_special_ids))
        return torch.where(special, ids, blank)

    def of_class(self, model: nn.Module) -> Any:
        """F of a classifier: (rows, labels)."""

        def run(**given: Any) -> Tensor:
            return self.output(model(**given).logits)

        return run

    def of_answer(self, model: nn.Module, ids: Tensor) -> Any:
        """F of a decoder: what it says of the answer after the text, summed over the answer's tokens: (rows,)."""
        table, length = model.get_submodule(self.family.word_table), ids.shape[1]
        said_of = 1 if self.declares.answer == "first token" else None
        answer = torch.tensor(self.tokenizer.encode(self.target, add_special_tokens=False)[:said_of])

        def run(input_ids: Tensor | None = None, inputs_embeds: Tensor | None = None) -> Tensor:
            prompt = table(input_ids) if inputs_embeds is None else inputs_embeds
            whole = torch.cat([prompt, table(answer).expand(len(prompt), -1, -1)], 1)
            logits = model(inputs_embeds=whole, use_cache=False).logits[:, length - 1 : -1]
            said: Tensor = self.output(logits)
            return said.gather(-1, answer.expand(len(prompt), -1).unsqueeze(-1)).sum((1, 2))

        return run

    def output(self, logits: Tensor) -> Tensor:
        """The declared output."""
        return OUTPUTS[self.declares.output](logits)


def _normalised(scores: Tensor, budget: Budget, norm: str | None) -> tuple[Tensor, Budget]:
    """Scores (1, n) divided by their norm. With errors of at most b each, whose norm is at most e = ‖(b, …, b)‖, a
    quotient is off by at most (b + e) / (‖s‖ − e), because none is larger than 1.

    Raises   NotApplicable if the scores are no larger than their rounding
    """
    if norm is None:
        return scores, budget
    order = NORMS[norm]
    size = torch.linalg.vector_norm(scores, ord=order, dim=1)
    error = torch.linalg.vector_norm(budget.value.unsqueeze(1).expand_as(scores), ord=order, dim=1)
    if bool((size <= 2 * error).any()):
        raise NotApplicable("the scores are no larger than their rounding")
    ulp = torch.finfo(torch.float32).eps * scores.shape[1]
    return scores / size.unsqueeze(1), replace(budget, value=(budget.value + error) / (size - error) + ulp)
