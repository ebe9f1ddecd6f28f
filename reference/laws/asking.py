"""Asking a subject about a problem: the one place where a problem becomes a call, and a result becomes tensors.

A law makes one `Asking` of its problem and its subject. It builds the problem, calls the subject, and knows the rule in
force and the right result under that rule. If a valid call raises, or if its result has another structure than the call
promises, that is the law's Violation. A result of the wrong type never leaves this module as something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from torch import Tensor

from reference.built_problem import BuiltProblem, Entry, Layer
from reference.constraint import Constraint
from reference.laws.cannot import scaled, torch_permitting
from reference.laws.compared import Compared, on_cpu
from reference.oracle.budget import assert_equal, assert_shape
from reference.oracle.expected import Expected
from reference.oracle.oracle import Oracle
from reference.oracle.path_integral import totals
from reference.oracle.quadrature import Rule, rule
from reference.problem import Problem
from reference.subject import capabilities, check_offered, rule_of
from reference.violation import (
    NotApplicable,
    Severity,
    Violation,
    called,
    expect_error,
    result_or_error,
    wrong_structure,
)

Change = Callable[[BuiltProblem], BuiltProblem]


@dataclass(frozen=True)
class Asking:
    """What one law asks one subject about one problem.

    `built` is the problem built on the subject's device, `layer` is the module of a LIG, None for IG on
    `inputs_embeds`. `change` is what was made of the problem as built: the oracle makes the same of its own.
    """

    violation: type[Violation]
    problem: Problem
    subject: Any
    built: BuiltProblem
    layer: Layer | None = None
    change: Change | None = None

    @classmethod
    def of(cls, violation: type[Violation], problem: Problem, subject: Any) -> Asking:
        """At the call's own layer. Raises NotApplicable if the call has a layer and the subject no `lig`."""
        layer = None if problem.call.layer is None else Layer.named(problem.call.layer)
        if layer and "lig" not in capabilities(subject):
            raise NotApplicable(f"subject {subject.name} has no lig")
        return cls(violation, problem, subject, problem.build(device=subject.device), layer)

    def at(self, layer: Layer | None) -> Asking:
        """LIG at `layer`, or IG on `inputs_embeds`: by the same oracle, which looks at all layers in two runs."""
        there = replace(self, layer=layer)
        there.__dict__["oracle"] = self.oracle
        return there

    def of_one_function(self) -> Asking:
        """Itself, for laws that compare an attribution of ids with one of embeddings.

        Raises   NotApplicable if ids reach the output by a second path: the model of the embeddings is another function
        """
        if self.built.ids is not None and not self.oracle.one_function():
            family = self.problem.model.family
            raise NotApplicable(f"second path of {family.name}: {family.second_path}")
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the right attribution."""
        return self.oracle.shape(self.layer)

    def calling(self, **call: Any) -> Asking:
        """The same model and data, called with other options of `Call`."""
        return replace(self, problem=self.problem.asking(**call))

    def changed(self, change: Change) -> Asking:
        """The problem as `change` makes it of the one that was built."""
        before = self.change
        both: Change = change if before is None else lambda built: change(before(built))
        return replace(self, built=change(self.built), change=both)

    def entering(self, change: Callable[[Entry], Entry]) -> Asking:
        """The problem with both ways into the model changed."""
        return self.changed(lambda built: built.with_entries(change))

    @property
    def what(self) -> str:
        """The question in words."""
        return f"LIG at {self.layer}" if self.layer else "IG on inputs_embeds"

    @property
    def entry(self) -> Entry:
        """The way into the model that the call takes."""
        return self.built.layered if self.layer else self.built.embeddings

    @property
    def rule(self) -> Rule:
        """The rule that the subject is known to follow for this call."""
        return rule_of(self.subject, self.problem.call.method, self.problem.call.n_steps)

    @cached_property
    def oracle(self) -> Oracle:
        """The oracle under the rule in force."""
        return self._oracle(self.rule)

    @cached_property
    def expected(self) -> Expected:
        """The right attribution under the rule in force."""
        return self.oracle.lig(self.layer) if self.layer else self.oracle.ig()

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments `target`, `method`, `n_steps`, and `internal_batch_size` if the call has one."""
        call = self.problem.call
        target: Any = call.target
        if self.built.of_each(target):
            target = list(target)
        chunk = {} if call.internal_batch_size is None else {"internal_batch_size": call.internal_batch_size}
        return {"target": target, "method": call.method, "n_steps": call.n_steps, **chunk}

    def prepared(self, entry: Entry | None = None, **more: Any) -> Callable[[], Any]:
        """The call of the subject. `entry` replaces the call's own, `more` replaces single arguments.

        Raises   NotApplicable if the subject declares that it lacks what the call uses
        """
        entry = entry or self.entry
        at_layer: dict[str, Any] = {}
        if self.layer is not None:
            at_layer["layer"] = self.layer.module(self.built.model)
            at_layer |= {"attribute_to_layer_input": True} if self.layer.at_input else {}
        arguments = {
            "forward": entry.forward,
            "inputs": entry.inputs,
            "baselines": entry.baselines,
            "additional_forward_args": entry.arguments,
            **self.options,
            **at_layer,
            **more,
        }
        check_offered(self.subject, arguments)
        return partial(self.subject.ig if self.layer is None else self.subject.lig, **arguments)

    def result(self, what: str = "", entry: Entry | None = None, **more: Any) -> Any:
        """What the subject returns. Raises the violation, of severity crash, if the call raises."""
        __tracebackhide__ = True
        call = self.prepared(entry, **more)
        with self._torch_permitting():
            return called(self.violation, what or self.what, call)

    def assert_answered(self) -> None:
        """The call as it is, without a chunk size, returns one tensor with a part for each example: asked once."""
        __tracebackhide__ = True
        if self.__dict__.setdefault("answered", False):
            return
        what = f"{self.what}, a valid call beside one that may raise"
        got = self.attribution(what, internal_batch_size=None)
        if got.dim() == 0 or len(got) != len(self.entry.inputs):
            raise wrong_structure(self.violation, what, f"{len(self.entry.inputs)} attributions", got)
        self.__dict__["answered"] = True

    def attribution(self, what: str = "", entry: Entry | None = None, **more: Any) -> Tensor:
        """The one tensor that the subject returns."""
        __tracebackhide__ = True
        return self.tensor(self.result(what, entry, **more), what or self.what)

    def shaped(self, what: str = "", entry: Entry | None = None, **more: Any) -> Tensor:
        """The one tensor that the subject returns, of the shape of the right attribution."""
        __tracebackhide__ = True
        got = self.attribution(what, entry, **more)
        assert_shape(self.violation, got, tuple(self.expected.attribution.shape), what or self.what)
        return got

    def with_delta(self, what: str = "", entry: Entry | None = None, **more: Any) -> tuple[Tensor, Tensor]:
        """The attribution and its delta."""
        __tracebackhide__ = True
        result = self.result(what, entry, return_convergence_delta=True, **more)
        return self.pair(result, what or self.what)

    def jointly(self, layers: Sequence[Layer], what: str = "", entry: Entry | None = None, **more: Any) -> list[Tensor]:
        """LIG at several layers in one call: an attribution for each."""
        __tracebackhide__ = True
        what = what or f"joint LIG at {' and '.join(map(str, layers))}"
        modules = [layer.module(self.built.model) for layer in layers]
        return self.list_of(len(layers), self.result(what, entry, layer=modules, **more), what)

    def or_error(
        self,
        constraint: Constraint,
        what: str = "",
        entry: Entry | None = None,
        valid: Callable[[], object] | None = None,
        **more: Any,
    ) -> Any | None:
        """What the subject returns, or None if it raises an error that names what repairs the violated constraint.

        A subject that raises must return a result for the `valid` call: by default the one without the changes.
        """
        __tracebackhide__ = True
        call = self.prepared(entry, **more)
        with self._torch_permitting():
            result = result_or_error(self.violation, what or self.what, constraint, call)
        if result is None:
            (valid or self.assert_answered)()
        return result

    def error(
        self,
        constraint: Constraint,
        what: str = "",
        entry: Entry | None = None,
        severity: Severity = Severity.WRONG_NUMBER,
        **more: Any,
    ) -> None:
        """The call without the changes returns a result; with them, it raises an error that names what repairs it.

        Raises   violation: of `severity` if the call returns, of severity unclear error if the error names another
                 argument or is an accident, of severity crash if the valid call raises
        """
        __tracebackhide__ = True
        self.assert_answered()
        call = self.prepared(entry, **more)
        with self._torch_permitting():
            expect_error(self.violation, what or self.what, constraint, call, severity)

    def with_delta_or_error(
        self,
        constraint: Constraint,
        what: str = "",
        entry: Entry | None = None,
        valid: Callable[[], object] | None = None,
        **more: Any,
    ) -> tuple[Tensor, Tensor] | None:
        """Attribution and delta, or None if the call raises as `or_error` allows."""
        __tracebackhide__ = True
        result = self.or_error(constraint, what, entry, valid, return_convergence_delta=True, **more)
        return None if result is None else self.pair(result, what or self.what)

    def _torch_permitting(self) -> AbstractContextManager[None]:
        """Raises NotApplicable in place of a violation if torch cannot do on this model what the subject did."""
        entry = self.built.embeddings
        of_number = scaled(entry.forward, (entry.inputs.detach(),), entry.arguments)
        return torch_permitting(self.violation, lambda: nullcontext(of_number))

    def tensor(self, result: Any, what: str) -> Tensor:
        """`result`, which must be a tensor."""
        __tracebackhide__ = True
        if not isinstance(result, Tensor):
            raise wrong_structure(self.violation, what, "a tensor", result)
        return result

    def pair(self, result: Any, what: str) -> tuple[Tensor, Tensor]:
        """`result`, which must be (attribution, delta)."""
        __tracebackhide__ = True
        if not (isinstance(result, tuple) and len(result) == 2 and all(isinstance(part, Tensor) for part in result)):
            raise wrong_structure(self.violation, what, "(attribution, delta)", result)
        return result

    def list_of(self, count: int, result: Any, what: str, container: type = list) -> list[Tensor]:
        """`result`, which must be a list (or another container) of so many tensors."""
        __tracebackhide__ = True
        if isinstance(result, container):
            parts: list[Any] = list(result)  # type: ignore[call-overload]
            if len(parts) == count and all(isinstance(part, Tensor) for part in parts):
                return parts
        raise wrong_structure(self.violation, what, f"a {container.__name__} of {count} tensors", result)

    def assert_attribution(
        self, got: Any, what: str = "", expected: Expected | None = None, against: Tensor | None = None
    ) -> None:
        """The attribution is the expected one, to rounding. `against` is what it is compared with, if it may be 0."""
        __tracebackhide__ = True
        right = expected or self.expected
        what = what or self.what
        assert_equal(
            self.violation, got=got, expected=right.attribution, budget=right.elements, what=what, against=against
        )

    def assert_delta(self, got: Any, what: str = "", expected: Expected | None = None) -> None:
        """The delta is Σ attribution − (F(x) − F(x')) of the expected attribution and the whole model, to rounding."""
        __tracebackhide__ = True
        right, change = expected or self.expected, (expected or self.expected).change
        if expected is None and self.layer is not None:  # ids may reach F(x') past the layer
            end, start = self.oracle.ends()
            change = end - start
        gap = totals(right.attribution) - change
        what = f"the delta of {what or self.what}"
        assert_equal(self.violation, got=got, expected=gap, budget=right.gap, what=what, against=change)

    def assert_both(self, got: tuple[Tensor, Tensor], what: str = "", expected: Expected | None = None) -> None:
        """Attribution and delta are the expected ones, to rounding."""
        __tracebackhide__ = True
        self.assert_attribution(got[0], what, expected)
        self.assert_delta(got[1], what, expected)

    def compared(self, what: str = "") -> Compared:
        """The attribution as it is under the right rule, for laws that compare two results of the subject.

        If the subject is known to follow another rule, the oracle knows the difference which that alone makes.
        """
        __tracebackhide__ = True
        attribution, expected = on_cpu(self.shaped(what)), self.expected
        right = rule(self.problem.call.method, self.problem.call.n_steps)
        if self.rule != right:
            oracle = self._oracle(right)
            under_right = oracle.lig(self.layer) if self.layer else oracle.ig()
            attribution += under_right.attribution - expected.attribution
        return Compared(attribution, expected.elements, expected.between_functions.elements)

    def _oracle(self, nodes: Rule) -> Oracle:
        if self.change is None:
            return Oracle.of(self.problem, nodes, self.subject.device)
        float64, float32 = (self.change(self.problem.build(dtype)) for dtype in DTYPES_OF_THE_ORACLE)
        return Oracle(self.problem, nodes, float64, float32, self.subject.device)


DTYPES_OF_THE_ORACLE = ("float64", "float32")
