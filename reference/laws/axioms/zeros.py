"""Group *axioms*: where an attribution is 0, and where it is not.

What F does not read, and what does not change, gets exactly 0: a product with Δ = 0 or with ∇F = 0 has no rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.constraint import GRADIENT
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_shape, assert_within
from reference.oracle.expected import Expected
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

DUMMY = "Sundararajan, Taly, Yan 2017, section 4, sensitivity(b), https://arxiv.org/abs/1703.01365"


class DummyAttributed(Violation):
    """A tensor that the forward never reads is no exact 0, or is an exception."""


class MaskedAttributed(Violation):
    """A masked token is attributed something."""


class UnreadAttributed(Violation):
    """A position that the head does not read is attributed something at the last encoder layer."""


class UnchangedAttributed(Violation):
    """A token that equals its baseline is attributed something."""


class EqualExampleAttributed(Violation):
    """An example that equals its baseline is attributed something, or NaN."""


class AllZero(Violation):
    """Every attribution is 0 although F(x) ≠ F(x')."""


class CutGradientAnswered(Violation):
    """A forward that changes with x, but without a gradient, gets a result, or an error that does not say so."""


@law(
    group="axioms",
    violation=DummyAttributed,
    needs={"ig"},
    source="https://github.com/meta-pytorch/captum/issues/1141",
    domain="bags_by_embeddings",
)
def dummy(problem: Problem, subject: Subject) -> None:
    """F(x, y) = F(x) for every y: IG(y) = 0 exactly, IG(x) as if y were not there; a constant F: IG(x) = 0 exactly."""
    asking = Asking.of(DummyAttributed, problem, subject)
    entry = asking.entry
    unread = torch.ones_like(entry.inputs[..., :2])

    def reads_the_first(embeddings: Tensor, unread: Tensor, *additional: Any) -> Any:
        return entry.forward(embeddings, *additional)

    def reads_neither(embeddings: Tensor, unread: Tensor, *additional: Any) -> Any:
        return entry.forward(entry.baselines[:1].expand_as(embeddings), *additional)

    def pair(forward: Callable[..., Any], what: str) -> list[Tensor]:
        ends = {"inputs": (entry.inputs, unread), "baselines": (entry.baselines, torch.zeros_like(unread))}
        return asking.list_of(2, asking.result(what, replace(entry, forward=forward), **ends), what, tuple)

    beside = asking.expected.attribution
    read, ignored = pair(reads_the_first, "IG of a pair of which the forward reads the first")
    _assert_zero(asking, ignored, tuple(unread.shape), "the tensor that is never read", beside)
    asking.assert_attribution(read, "the tensor beside one that is never read")
    for got, given in zip(pair(reads_neither, "IG of a constant"), (entry.inputs, unread), strict=True):
        _assert_zero(asking, got, tuple(given.shape), "what a constant never reads", beside)


@law(
    group="axioms",
    violation=MaskedAttributed,
    needs={"ig", "lig"},
    source=DUMMY,
    domain="hiding",
    implied_by="layer_attribution",
)
def masked_tokens(problem: Problem, subject: Subject) -> None:
    """A masked token that the head does not read gets exactly 0 at every token-wise layer, if any token is unmasked."""
    asking = Asking.of(MaskedAttributed, problem, subject)
    built = asking.built
    mask = torch.tensor(problem.data.mask).bool()
    read, family = built.read(problem.call.target), problem.model.family
    hidden = ~mask & mask.any(1, keepdim=True) & ~read
    if family.causal or family.masks_queries:
        # A masked position may see masked tokens only, and then reads them all.
        hidden &= ~(read & ~mask).any(1, keepdim=True)
    for there in (asking, *map(asking.at, built.layers_in_order)):
        beside = there.expected.attribution
        _assert_zero(there, there.attribution(), there.shape, f"{there.what}, masked", beside, hidden)


@law(
    group="axioms",
    violation=UnreadAttributed,
    needs={"lig"},
    source=DUMMY,
    domain="leaving_unread",
    implied_by="layer_attribution",
)
def unread_positions(problem: Problem, subject: Subject) -> None:
    """LIG at the last encoder layer = 0 exactly at each position that the head does not read."""
    asking = Asking.of(UnreadAttributed, problem, subject)
    built = asking.built
    last = asking.at(built.last_layer)
    unread = ~built.read(problem.call.target)
    beside = last.expected.attribution
    _assert_zero(last, last.attribution(), last.shape, f"{last.what}, not read", beside, unread)


@law(
    group="axioms",
    violation=UnchangedAttributed,
    needs={"ig", "lig"},
    source="https://github.com/meta-pytorch/captum/issues/460",
    domain="keeping_a_token",
    implied_by="layer_attribution",
)
def equal_tokens(problem: Problem, subject: Subject) -> None:
    """x_t = x'_t: IG and LIG at the three tables = 0 exactly at t; LIG at the embeddings = 0 to rounding."""
    asking = Asking.of(UnchangedAttributed, problem, subject)
    built = asking.built
    word, *others = built.tables
    equal = torch.tensor(problem.data.ids) == torch.tensor(problem.data.baseline)
    everywhere = torch.ones_like(equal)  # the other tables' ids are the same at both ends
    beside = asking.expected.attribution
    for layer, tokens in ((None, equal), (word, equal), *((table, everywhere) for table in others)):
        there = asking.at(layer)
        _assert_zero(there, there.attribution(), there.shape, f"{there.what}, unchanged", beside, tokens)
    for layer in (built.parts.norm_input, built.parts.embeddings):
        if layer is None:
            continue
        there = asking.at(layer)
        _assert_rounding(there, there.attribution(), f"{there.what}, unchanged", there.expected.attribution, equal)


@law(
    group="axioms",
    violation=EqualExampleAttributed,
    needs={"ig", "lig"},
    source="https://github.com/cdpierse/transformers-interpret/issues/14",
    domain="keeping_an_example",
    implied_by="layer_attribution",
)
def equal_examples(problem: Problem, subject: Subject) -> None:
    """x = x' in one example of a batch: its attributions are 0, to rounding and never NaN, at any depth."""
    asking = Asking.of(EqualExampleAttributed, problem, subject)
    ids = torch.tensor(problem.data.ids)
    equal = (ids == torch.tensor(problem.data.baseline)).all(1, keepdim=True).expand_as(ids)
    for layer in (None, asking.built.embeddings_layer, asking.built.deepest_layer):
        there = asking.at(layer)
        beside = there.expected.attribution.abs().amax().expand(len(ids))  # the other examples of the batch
        _assert_rounding(there, there.attribution(), f"{there.what}, x = x'", beside, equal)


@law(
    group="axioms",
    violation=AllZero,
    needs={"ig", "lig"},
    source="Sundararajan, Taly, Yan 2017, section 2.1, sensitivity(a), https://arxiv.org/abs/1703.01365",
    domain="small_smooth",
    implied_by="layer_attribution",
)
def never_all_zero(problem: Problem, subject: Subject) -> None:
    """F(x) ≠ F(x') beyond rounding: some attribution ≠ 0, at any depth."""
    asking = Asking.of(AllZero, problem, subject)
    if not bool(_changes(asking.expected).any()):
        raise NotApplicable("F(x) = F(x')")
    for layer in (None, asking.built.embeddings_layer, asking.built.deepest_layer):
        there = asking.at(layer)
        silent = (on_cpu(there.shaped()) == 0).flatten(1).all(1) & _changes(there.expected)
        if bool(silent.any()):
            example = int(silent.nonzero()[0])
            change = float(there.expected.change[example])
            raise AllZero(f"{there.what}, example {example}: all zero, and F(x) − F(x') = {change:.3g}")


@law(
    group="axioms",
    violation=CutGradientAnswered,
    needs={"ig", "refuses"},
    source="https://github.com/meta-pytorch/captum/issues/978",
    domain="bags_by_embeddings",
)
def cut_gradient(problem: Problem, subject: Subject) -> None:
    """F(x) ≠ F(x'), but the forward is detached from x, or runs in no_grad: an error that says so, never zeros."""
    asking = Asking.of(CutGradientAnswered, problem, subject)
    if not bool(_changes(asking.expected).any()):
        raise NotApplicable("F(x) = F(x')")
    entry = asking.entry

    def detached(embeddings: Tensor, *additional: Any) -> Any:
        return entry.forward(embeddings.detach(), *additional)

    for name, forward in (("a detached input", detached), ("no_grad", torch.no_grad()(detached))):
        asking.error(GRADIENT, f"IG of a forward with {name}", replace(entry, forward=forward))


def _changes(expected: Expected) -> Tensor:
    """In which examples F(x) differs from F(x') by more than rounding: (batch,) bool."""
    return expected.change.abs() > expected.gap.value


def _assert_zero(
    asking: Asking, got: Tensor, shape: tuple[int, ...], what: str, beside: Tensor, tokens: Tensor | None = None
) -> None:
    """`got` has that shape and is exactly 0: everywhere, or at some `tokens` (batch, length).

    `beside` (batch, …) is not 0: attributions that the zeros are compared with.
    """
    __tracebackhide__ = True
    _assert_none(asking, got, shape, what, beside, tokens, Budget.exact(shape[0]))


def _assert_rounding(asking: Asking, got: Tensor, what: str, beside: Tensor, tokens: Tensor) -> None:
    """`got` is 0 at the `tokens` (batch, length), to rounding."""
    __tracebackhide__ = True
    _assert_none(asking, got, asking.shape, what, beside, tokens, asking.expected.elements)


def _assert_none(
    asking: Asking,
    got: Tensor,
    shape: tuple[int, ...],
    what: str,
    beside: Tensor,
    tokens: Tensor | None,
    budget: Budget,
) -> None:
    __tracebackhide__ = True
    assert_shape(asking.violation, got, shape, what)
    there = on_cpu(got)
    if tokens is not None:
        there = there.where(tokens.unsqueeze(-1), torch.zeros_like(there))
        # An example without such a token says nothing.
        beside = beside.abs().reshape(len(tokens), -1).amax(1) * tokens.any(1)
    assert_within(asking.violation, error=there, budget=budget, what=what, against=beside)
