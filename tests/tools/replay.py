"""One law on one problem: `python -m tests.tools.replay "Problem(…)" --law NAME`; see `--help`.

Exit status 0 if the law passes, 1 if it fails, 2 if it cannot be tried; then one line says why.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import argparse
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn

from reference.laws import LAWS, Law
from reference.models.net import TinyNet
from reference.observing import Comparison, Event, observed
from reference.oracle.net_calls import right
from reference.oracle.path_integral import ScalarField
from reference.oracle.quadrature import rule
from reference.problem import DTYPES, Problem, Vectors
from reference.subject import capabilities, rule_of
from reference.violation import NotApplicable, Violation, first_line
from tests.power.faults.all_faults import FAULTS
from tests.report.parsing import BadProblem, problem_from, suggestion
from tests.report.reproducer import reproducer_for
from tests.report.words import listed, versions
from tests.subjects import UnknownSubject, checkout, load
from tests.subjects.checkout import BadCheckout
from tests.subjects.known_defects import Modelled

BY_IDS = ("affine", "bent", "ids", "joint")
"""Domains of laws that need token ids at both ends of the path."""


class CannotReplay(ValueError):
    """The law cannot be tried on the problem. The message is one line that says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return replay(options)
    except (BadCheckout, BadProblem, UnknownSubject, CannotReplay) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2


def replay(options: argparse.Namespace) -> int:
    """Try the law on the problem. Return 0 if it passes, 1 if it fails.

    Raises   BadCheckout, BadProblem, UnknownSubject, CannotReplay
    """
    problem, law, planted = problem_from(options.problem), law_named(options.law), fault_named(options.fault)
    if options.fault and options.subject not in (None, "textbook"):
        raise CannotReplay(
            f"--fault needs --subject textbook, because faults are planted in textbook; got {options.subject}"
        )
    if options.captum is not None:
        checkout.judge(options.captum)
    unmodelled = load(options.subject or ("textbook" if options.fault else "captum"), options.device)
    subject = unmodelled if options.without_known_defects else Modelled(unmodelled)
    assert_replayable(law, problem, subject)
    seen: list[Event] = []
    found: Violation | None = None
    try:
        with planted, observed(seen.append):
            law(problem, subject)
    except Violation as violation:
        found = violation
    except NotApplicable as reason:
        raise CannotReplay(f"{law.name} does not apply: {reason}") from None
    except Exception as error:
        raise CannotReplay(f"{law.name} cannot be tried on this problem: {_in_words(error)}") from error
    by = f"{law.group}/{law.name} by {unmodelled.origin}" + (
        f" with the fault {options.fault!r}" if options.fault else ""
    )
    if found is None:
        shares = [event.used for event in seen if isinstance(event, Comparison)]
        print(f"PASSES    {by}: worst error/budget {max(shares, default=0.0):.3g} in {len(shares)} comparisons")
    else:
        print(f"VIOLATED  {by} [{found.severity.words}]\n          {found}")
    if known := prediction(law, problem, subject, found):
        print(f"known     {known}")
    print(f"law       {law.statement}\nproblem   {problem!r}")
    if rule_of(subject, problem.call.method, problem.call.n_steps) != rule(problem.call.method, problem.call.n_steps):
        print(
            "modelled  the expected value uses the rule of a known defect; --without-known-defects uses the right rule"
        )
    print(f"versions  {listed(versions())}")
    if options.script:
        reproducer = reproducer_for(law, problem, subject, None if found is None else str(found))
        print(f"script    {reproducer.write() if reproducer else 'none'}")
    return int(found is not None)


def law_named(name: str) -> Law:
    """The law, by `name` or `group/name`."""
    bare = name.rpartition("/")[2]
    if bare not in LAWS:
        raise CannotReplay(f"unknown law {name!r}: {suggestion(bare, list(LAWS))}")
    return LAWS[bare]


def fault_named(name: str | None) -> AbstractContextManager[Any]:
    """A context manager that plants the fault."""
    if name is None:
        return nullcontext()
    faults = {fault.name: fault for fault in FAULTS}
    if name not in faults:
        raise CannotReplay(f"unknown fault {name!r}: {suggestion(name, list(faults))}")
    return faults[name].planted()


def assert_replayable(law: Law, problem: Problem, subject: Any) -> None:
    """The law applies to this problem and subject, and the problem can be built and run.

    Raises   CannotReplay
    """
    lacking = sorted(law.needs - capabilities(subject))
    if lacking:
        raise CannotReplay(f"{law.name} is not applicable: subject {subject.origin} has no {', '.join(lacking)}")
    call = problem.call
    if call.dtype not in DTYPES:
        raise CannotReplay(f"unknown dtype {call.dtype!r}: {suggestion(call.dtype, list(DTYPES))}")
    try:
        rule(call.method, call.n_steps)
    except ValueError as error:
        raise CannotReplay(f"the call has no rule: {error}") from None
    if law.group in ("rule", "scores"):
        return
    if problem.model is None or problem.data is None:
        raise CannotReplay(f"{law.name} is not applicable: the problem has no model and data")
    if law.domain in BY_IDS and isinstance(problem.data.baseline, Vectors):
        raise CannotReplay(f"{law.name} is not applicable: it needs token ids as baseline")
    try:
        if isinstance(problem.model, TinyNet):
            right(problem, rule(call.method, call.n_steps))
            return
        entry = problem.build("float64").layered
        ScalarField(entry.forward, entry.additional, call.target, len(entry.inputs))(entry.inputs)
    except Exception as error:
        raise CannotReplay(f"the problem does not run: {_in_words(error)}") from error


def prediction(law: Law, problem: Problem, subject: Any, found: Violation | None) -> str:
    """What the known defects of the subject predict for this problem, and whether it happened; empty without one."""
    known = subject.predicting(law.name, problem) if isinstance(subject, Modelled) else []
    if not known:
        return ""
    names = ", ".join(entry.id for entry in known)
    if found is not None:
        explained = any(entry.explains(law.name, found) for entry in known)
        return f"{names}: fails as predicted" if explained else f"{names}: fails with another severity than predicted"
    visible = any(entry.must_show(problem, subject) for entry in known)
    return f"{names}: {'predicts a failure' if visible else 'no effect above two budgets is predicted'}"


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one line, without the usage."""
        self.exit(2, f"replay: {message} (see --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m tests.tools.replay",
        description="Try one law on one problem. Exit status: 0 if it passes, 1 if it fails, 2 if it cannot be tried.",
    )
    parser.add_argument("problem", help='the problem, as a verdict prints it: "Problem(…)"')
    parser.add_argument("--law", required=True, help="name of the law, as in the verdict")
    parser.add_argument("--subject", help="captum (default), textbook, oracle, or module:object")
    parser.add_argument(
        "--captum", metavar="PATH", help="test the captum of a checkout: the folder that contains captum/"
    )
    parser.add_argument(
        "--without-known-defects", action="store_true", help="test as if no defect of the subject were known"
    )
    parser.add_argument(
        "--fault", help="name of a fault (tests/power/README.md) to plant in textbook during this command"
    )
    parser.add_argument("--device", default="cpu", help="where the subject computes")
    parser.add_argument("--script", action="store_true", help="write the standalone script that shows the result")
    return parser


if __name__ == "__main__":
    sys.exit(main())
