"""Group *axioms*: where an attribution is 0, and where it is not.

What F does not read, and what does not change, gets exactly 0: a product with Δ = 0 or with ∇F = 0 has no rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from reference.laws.ask import ask_ig, ask_lig, known_rule, on_cpu, setting_for
from reference.laws.asked import named
from reference.laws.calling import call
from reference.laws.law import law
from reference.laws.places import embeddings, norm_input, tables
from reference.models.bert import HEADS
from reference.models.versions import LAYER_END
from reference.oracle.budget import Budget, assert_equal, assert_shape, assert_within
from reference.oracle.expected import Expected, Oracle
from reference.problem import Place, Problem, Setting
from reference.subject import Subject
from reference.violation import NotApplicable, Severity, Violation, asking, refused

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
    """A forward that changes with x, but without a gradient, is answered, or its refusal does not say so."""


@law(
    group="axioms",
    violation=DummyAttributed,
    needs={"ig"},
    source="https://github.com/meta-pytorch/captum/issues/1141",
    domain="bags_by_embeddings",
)
def dummy(problem: Problem, subject: Subject) -> None:
    """F(x, y) = F(x) for every y: IG(y) = 0 exactly, IG(x) as if y were not there; a constant F: IG(x) = 0 exactly."""
    setting = setting_for(problem, subject)
    entry = setting.embeddings
    unread = torch.ones_like(entry.inputs[..., :2])

    def reads_the_first(embeddings: Tensor, unread: Tensor, *additional: Any) -> Any:
        return entry.forward(embeddings, *additional)

    def reads_neither(embeddings: Tensor, unread: Tensor, *additional: Any) -> Any:
        return entry.forward(entry.baselines[:1].expand_as(embeddings), *additional)

    def pair(forward: Callable[..., Any], what: str) -> tuple[Any, Any]:
        entered = replace(entry, forward=forward)
        ends = {"inputs": (entry.inputs, unread), "baselines": (entry.baselines, torch.zeros_like(unread))}
        answer = asking(DummyAttributed, what, partial(call, problem, subject, setting, entered, **ends))
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise DummyAttributed(f"{what}: expected a tuple of two attributions", Severity.WRONG_SHAPE)
        return answer

    expected = Oracle.of(problem, known_rule(problem, subject)).ig()
    read, ignored = pair(reads_the_first, "IG of a pair of which the forward reads the first")
    _assert_zero(DummyAttributed, ignored, unread, "the tensor that is never read")
    assert_equal(
        DummyAttributed,
        got=read,
        expected=expected.attribution,
        budget=expected.elements,
        what="the tensor beside one that is never read",
    )
    for got, given in zip(pair(reads_neither, "IG of a constant"), (entry.inputs, unread), strict=True):
        _assert_zero(DummyAttributed, got, given, "what a constant never reads")


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
    setting = setting_for(problem, subject)
    mask = torch.tensor(problem.data.mask).bool()
    hidden = ~mask & mask.any(1, keepdim=True) & ~_read(problem)
    for place in (None, *setting.places):
        got = _ask(MaskedAttributed, problem, subject, setting, place)
        _assert_zero(MaskedAttributed, got, setting.embeddings.inputs, f"{named(place)}, masked", hidden)


@law(
    group="axioms",
    violation=UnreadAttributed,
    needs={"lig"},
    source=DUMMY,
    domain="small_heads",
    implied_by="layer_attribution",
)
def unread_positions(problem: Problem, subject: Subject) -> None:
    """LIG at the last encoder layer = 0 exactly at each position that the head does not read."""
    setting = setting_for(problem, subject)
    last = _last(problem, setting)
    got = ask_lig(UnreadAttributed, problem, subject, setting, last)
    _assert_zero(UnreadAttributed, got, setting.embeddings.inputs, f"{named(last)}, not read", ~_read(problem))


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
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    word, *others = tables(setting)
    equal = torch.tensor(problem.data.ids) == torch.tensor(problem.data.baseline)
    everywhere = torch.ones_like(equal)  # positions and types are the same at both ends
    for place, tokens in ((None, equal), (word, equal), *((table, everywhere) for table in others)):
        got = _ask(UnchangedAttributed, problem, subject, setting, place)
        _assert_zero(UnchangedAttributed, got, setting.embeddings.inputs, f"{named(place)}, unchanged", tokens)
    for place in (norm_input(setting), embeddings(setting)):
        got = _ask(UnchangedAttributed, problem, subject, setting, place)
        _assert_rounding(UnchangedAttributed, got, oracle.lig(place), f"{named(place)}, unchanged", equal)


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
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    ids = torch.tensor(problem.data.ids)
    equal = (ids == torch.tensor(problem.data.baseline)).all(1, keepdim=True).expand_as(ids)
    for place in (None, embeddings(setting), _last(problem, setting)):
        got = _ask(EqualExampleAttributed, problem, subject, setting, place)
        expected = oracle.lig(place) if place else oracle.ig()
        _assert_rounding(EqualExampleAttributed, got, expected, f"{named(place)}, x = x'", equal)


@law(
    group="axioms",
    violation=AllZero,
    needs={"ig", "lig"},
    source="Sundararajan, Taly, Yan 2017, section 2.1, sensitivity(a), https://arxiv.org/abs/1703.01365",
    domain="small",
    implied_by="layer_attribution",
)
def never_all_zero(problem: Problem, subject: Subject) -> None:
    """F(x) ≠ F(x') beyond rounding: some attribution ≠ 0, at any depth."""
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    for place in (None, embeddings(setting), _last(problem, setting)):
        expected = oracle.lig(place) if place else oracle.ig()
        got = _ask(AllZero, problem, subject, setting, place)
        assert_shape(AllZero, got, tuple(expected.attribution.shape), named(place))
        silent = (on_cpu(got) == 0).flatten(1).all(1) & _changes(expected)
        if bool(silent.any()):
            example = int(silent.nonzero()[0])
            change = float(expected.change[example])
            raise AllZero(f"{named(place)}, example {example}: all zero, and F(x) − F(x') = {change:.3g}")


@law(
    group="axioms",
    violation=CutGradientAnswered,
    needs={"ig", "refuses"},
    source="https://github.com/meta-pytorch/captum/issues/978",
    domain="moving_bags",
)
def cut_gradient(problem: Problem, subject: Subject) -> None:
    """F(x) ≠ F(x'), but the forward is detached from x, or runs in no_grad: a refusal that says so, never zeros."""
    if not bool(_changes(Oracle.of(problem, known_rule(problem, subject)).ig()).any()):
        raise NotApplicable("F(x) = F(x')")
    setting = setting_for(problem, subject)
    entry = setting.embeddings

    def detached(embeddings: Tensor, *additional: Any) -> Any:
        return entry.forward(embeddings.detach(), *additional)

    for name, forward in (("a detached input", detached), ("no_grad", torch.no_grad()(detached))):
        ask = partial(call, problem, subject, setting, replace(entry, forward=forward))
        refused(CutGradientAnswered, f"IG of a forward with {name}", ("forward", "grad", "graph"), ask)


def _ask(kind: type[Violation], problem: Problem, subject: Subject, setting: Setting, place: Place | None) -> Any:
    __tracebackhide__ = True
    if place is None:
        return ask_ig(kind, problem, subject, setting)
    return ask_lig(kind, problem, subject, setting, place)


def _changes(expected: Expected) -> Tensor:
    """In which examples F(x) differs from F(x') by more than rounding: (batch,) bool."""
    return expected.change.abs() > expected.gap.value


def _last(problem: Problem, setting: Setting) -> Place:
    """The last encoder layer."""
    return Place(f"{setting.prefix}encoder.layer.{problem.model.layers - 1}{LAYER_END}")


def _read(problem: Problem) -> Tensor:
    """Which position's hidden state the head reads, (batch, length): the target's where it has an output per token."""
    shape, length, batch = HEADS[problem.model.head].shape, problem.data.length, problem.data.batch
    sizes = shape(problem.model, length)
    positions = [0] * batch
    if sizes != shape(problem.model, length + 1):
        target: Any = problem.call.target
        each = isinstance(target, tuple) and (len(sizes) == 1 or isinstance(target[0], tuple))
        indices = target if each else (target,) * batch
        positions = [(index if isinstance(index, int) else index[0]) % length for index in indices]
    return torch.nn.functional.one_hot(torch.tensor(positions), length).bool()


def _assert_zero(kind: type[Violation], got: Any, like: Tensor, what: str, tokens: Tensor | None = None) -> None:
    """`got` has the shape of `like` and is exactly 0, where only some `tokens` (batch, length) are meant, there."""
    __tracebackhide__ = True
    _assert_none(kind, got, like, what, tokens, Budget(torch.zeros(len(like)), "exactly 0"))


def _assert_rounding(kind: type[Violation], got: Any, expected: Expected, what: str, tokens: Tensor) -> None:
    """`got` is 0 at the `tokens` (batch, length), to rounding."""
    __tracebackhide__ = True
    _assert_none(kind, got, expected.attribution, what, tokens, expected.elements)


def _assert_none(
    kind: type[Violation], got: Any, like: Tensor, what: str, tokens: Tensor | None, budget: Budget
) -> None:
    __tracebackhide__ = True
    assert_shape(kind, got, tuple(like.shape), what)
    there = on_cpu(got)
    if tokens is not None:
        there = there.where(tokens.unsqueeze(-1), torch.zeros_like(there))
    assert_within(kind, error=there, budget=budget, what=what)
