"""Asking a subject for the scores of nodes or edges: its call, and the scores that follow from what it declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from torch import Tensor

from reference.built_problem import BuiltProblem
from reference.declaration import PathDeclaration
from reference.laws.scores.generators import kept
from reference.models.streams import STREAMS, Stream
from reference.oracle.budget import assert_equal
from reference.oracle.expected import Expected
from reference.oracle.oracle import Oracle
from reference.oracle.patching import PatchingOracle
from reference.oracle.path_integral import select, totals
from reference.problem import Problem
from reference.subject import capabilities, rule_of
from reference.violation import NotApplicable, Violation, called, wrong_structure

Part = str | tuple[str, str]
"""A node, or an edge."""


@dataclass(frozen=True)
class PathAsking:
    """What one law asks one subject about the nodes or the edges of one problem."""

    violation: type[Violation]
    problem: Problem
    subject: Any
    kind: str

    @classmethod
    def of(cls, violation: type[Violation], problem: Problem, subject: Any, kind: str) -> PathAsking:
        """Of `kind` "nodes" or "edges".

        Raises   NotApplicable if the subject does not take this family of models
        """
        asking = cls(violation, problem, subject, kind)
        family = problem.model.family.name
        if family not in asking.declares.families:
            raise NotApplicable(f"subject {subject.name} takes no {family}")
        return asking

    @classmethod
    def offered(
        cls, violation: type[Violation], problem: Problem, subject: Any, chosen: Iterable[str]
    ) -> list[PathAsking]:
        """Of what the subject has of "nodes" and "edges".

        Raises   NotApplicable if it has nothing of them
        """
        kinds = [kind for kind in chosen if kind in capabilities(subject)]
        if not kinds:
            raise NotApplicable(f"subject {subject.name} has no {' or '.join(chosen)}")
        return [cls.of(violation, problem, subject, kind) for kind in kinds]

    @property
    def declares(self) -> PathDeclaration:
        found: PathDeclaration = self.subject.paths[self.kind]
        return found

    @cached_property
    def built(self) -> BuiltProblem:
        """On the subject's device."""
        return self.problem.build(device=self.subject.device)

    @property
    def stream(self) -> Stream:
        return STREAMS[self.problem.model.family.name]

    @property
    def parts(self) -> Sequence[Part]:
        """All nodes, or all edges."""
        described = self.built.prefix, self.problem.model.layers
        return self.stream.writers(*described) if self.kind == "nodes" else self.stream.edges(*described)

    @cached_property
    def oracle(self) -> PatchingOracle:
        """The oracle under the declared rule."""
        nodes = rule_of(self.subject, self.declares.method, self.declares.n_steps)
        return PatchingOracle(Oracle.of(self.problem, nodes, self.subject.device), self.declares.path)

    def expected(self, part: Part) -> Expected:
        """The declared score of a node or an edge is the total of this."""
        return self.oracle.node(part) if isinstance(part, str) else self.oracle.edge(*part)

    def scores(self, parts: Sequence[Part]) -> list[Tensor]:
        """(batch,) for each node or edge; the global generators go on as before.

        A tool that moves all nodes of a call at once gets one node a call.

        Raises   violation: of severity crash if the call raises, of severity shape for another structure
        """
        __tracebackhide__ = True
        if self.declares.together and len(parts) > 1:
            return [score for part in parts for score in self.scores([part])]
        ids = self.built.ids
        assert ids is not None
        call = partial(getattr(self.subject, self.kind), self.built.model, ids.inputs, ids.baselines)
        with kept():
            result = called(self.violation, self.kind, partial(call, **{self.kind: list(parts), "metric": self.metric}))
        of_parts = isinstance(result, list | tuple) and len(result) == len(parts)
        if not (of_parts and all(isinstance(one, Tensor) and one.dim() == 1 for one in result)):
            raise wrong_structure(self.violation, self.kind, f"{len(parts)} tensors of one dimension", result)
        return list(result)

    def metric(self, logits: Tensor) -> Tensor:
        """F of the model's output, for any multiple of the rows: (rows,)."""
        return select(logits, self.problem.call.target, len(logits) // self.problem.data.batch)

    def assert_score(self, got: Tensor, part: Part) -> None:
        """The score is the declared one, to rounding."""
        __tracebackhide__ = True
        expected = self.expected(part)
        assert_equal(
            self.violation,
            got=got,
            expected=totals(expected.attribution),
            budget=expected.total,
            what=f"score of {named(part)}",
            against=expected.change,
        )


def named(part: Part) -> str:
    """The node or the edge in words."""
    return part if isinstance(part, str) else " → ".join(part)
