"""A violation as a standalone script, ready to be pasted into a report upstream.

The script holds the problem, the definition step by step, and the call, or the law itself with all that it is made of.
It imports torch, transformers, numpy and the subject, prints what is expected and what is got, and exits with 1 where
they differ by more than rounding explains, else with 0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from reference.laws import Law
from reference.laws.ask import options
from reference.oracle.budget import name
from reference.oracle.quadrature import Rule, rule
from reference.problem import Problem
from reference.subject import rule_of
from tests.report.script.bodies import BODIES
from tests.report.script.case import NoPage, NoScript, call_text, case_text, part
from tests.report.script.whole import whole
from tests.report.words import listed, versions
from tests.subjects import SHIPPED

__all__ = ["NoScript", "script", "write"]

Parts = list[tuple[str, str]]
"""Names, and the code that gives them: it is in the script where a later part uses one of them."""

FORMULAS = {
    "riemann_left": "nodes, node_weights = [k / n_steps for k in range(n_steps)], [1 / n_steps] * n_steps",
    "riemann_right": "nodes, node_weights = [(k + 1) / n_steps for k in range(n_steps)], [1 / n_steps] * n_steps",
    "riemann_middle": "nodes, node_weights = [(k + 0.5) / n_steps for k in range(n_steps)], [1 / n_steps] * n_steps",
    "riemann_trapezoid": "nodes = [k / (n_steps - 1) for k in range(n_steps)]\n"
    "node_weights = [(0.5 if k in (0, n_steps - 1) else 1) / (n_steps - 1) for k in range(n_steps)]",
    "gausslegendre": "points, sums = np.polynomial.legendre.leggauss(n_steps)  # on [-1, 1]\n"
    "nodes, node_weights = (1 + points) / 2, sums / 2",
}

PIECES = ("integrand", "definition", "at_layer", "answer", "deltas", "judge", "ask_inputs", "ask_layer")

STANDARD = (
    ("import {}", ("math",)),
    ("import {}", ("re",)),
    ("import {}", ("sys",)),
    ("import {}", ("zlib",)),
    ("from typing import {}", ("Any",)),
)
INSTALLED = (
    ("import numpy as {}", ("np",)),
    ("import {}", ("torch",)),
    ("import {}", ("transformers",)),
    ("from captum.attr import {}", ("IntegratedGradients", "LayerIntegratedGradients")),
    ("from torch import {}", ("Tensor", "nn")),
)


def write(
    law: Law,
    problem: Problem,
    subject: Any,
    *,
    found: str | None = None,
    folder: str | Path = "reproducers",
    instead_of: str | Path | None = None,
) -> Path | None:
    """The path of a script that shows whether `subject` keeps `law` on `problem`; None where there can be none.

    `found` is the violation's text. The script at `instead_of`, that of a larger counterexample, is removed.
    """
    try:
        text = script(law, problem, subject, found)
    except NoScript:
        return None
    mark = hashlib.sha256(f"{problem!r} {_origin(subject)}".encode()).hexdigest()[:8]
    path = Path(folder) / f"{law.name}-{mark}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if instead_of is not None and Path(instead_of) != path:
        Path(instead_of).unlink(missing_ok=True)
    return path


def script(law: Law, problem: Problem, subject: Any, found: str | None = None) -> str:
    """The script's text: on a page where the law has a body and the model is written out, else with the law itself.

    Raises   NoScript for a subject of this checkout, a law on a share of draws, a layer that the call does not name
    """
    origin = _origin(subject)
    if origin != "captum" and (origin in SHIPPED or ":" not in origin):
        raise NoScript(f"{origin} is part of this checkout")
    if law.share < 1:
        raise NoScript(f"one draw says nothing of {law.name}, which holds on {law.share:.0%} of all draws")
    try:
        text = _on_a_page(law, problem, subject)
    except NoPage:
        text = whole(law, problem, subject, origin)
    return "\n".join(
        (*_heading(law, problem, _origin(subject), found), "", "from __future__ import annotations", "", text)
    )


def _on_a_page(law: Law, problem: Problem, subject: Any) -> str:
    """The definition, step by step, and the call.

    Raises   NoPage for a law without a body, a model that is not written out; NoScript where the call names no layer
    """
    if law.name not in BODIES:
        raise NoPage(f"the law {law.name} has no body")
    body = BODIES[law.name]
    if law.group == "rule":
        problem = Problem(call=problem.call)
    followed = rule_of(subject, problem.call.method, problem.call.n_steps)
    chosen = ["\n".join(body.limits(problem, followed)) + "\n\n\n" + body.text]
    for names, code in reversed([*_subject(_origin(subject)), *_call(problem, followed), *_pieces(problem)]):
        if re.search(rf"\b({names})\b", "\n".join(chosen)):
            chosen.insert(0, code)
    text = "\n\n\n".join(code.strip() for code in chosen)
    imports = (*_imports(STANDARD, text), "", *_imports(INSTALLED, text))
    return "\n".join((*imports, "", "", text, ""))


def _origin(subject: Any) -> str:
    """What `--subject` was."""
    return str(getattr(subject, "origin", subject.name))


def _heading(law: Law, problem: Problem, origin: str, found: str | None) -> Iterator[str]:
    yield f"# Does {origin} keep this law of Integrated Gradients?"
    yield from _titled("law", f"{law.group}/{law.name}: {law.statement}")
    if found is not None:
        yield from _titled("found", found)
    yield f"# problem   {problem!r}"
    yield from _titled("versions", listed(versions()))
    yield "# Exit status: 1 where the defect is present, 0 where it is not."


def _titled(title: str, text: str) -> list[str]:
    return wrap(text, 116, initial_indent=f"# {title:<10}", subsequent_indent="#" + " " * 11, break_long_words=False)


def _imports(lines: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> Iterator[str]:
    for line, names in lines:
        used = [name for name in names if re.search(rf"\b{name}\b", text)]
        if used:
            yield line.format(", ".join(used))


def _subject(origin: str) -> Parts:
    if origin == "captum":
        return [("ig", part("ig")), ("lig", part("lig"))]
    module, _, name = origin.partition(":")
    made = f"subject = {name}() if isinstance({name}, type) else {name}\nsubject.device = 'cpu'"
    return [
        ("subject", f"from {module} import {name}  # PYTHONPATH says where it is\n\n{made}"),
        ("ig", "ig = subject.ig"),
        ("lig", "lig = subject.lig"),
    ]


def _call(problem: Problem, followed: Rule) -> Parts:
    """The call in plain values, and the rule: as it is defined, or as the subject is known to take it."""
    call = problem.call
    asked: Any = {"method": call.method, "n_steps": call.n_steps}
    if problem.model is not None:
        asked = options(problem, problem.build())
    formula = FORMULAS[call.method]
    if followed != rule(call.method, call.n_steps):
        formula = (
            "# Not the right rule, but the one that the subject is known to follow: this script shows another defect.\n"
            f"nodes = {list(followed.nodes)}\nnode_weights = {list(followed.weights)}"
        )
    return [
        ("options|DTYPE|n_steps", f"DTYPE = torch.{name(problem.dtype)}\nn_steps = {call.n_steps}\noptions = {asked}"),
        ("nodes|node_weights", formula),
    ]


def _pieces(problem: Problem) -> Parts:
    """Everything between the call and what the law asks, in the order in which one part uses another."""
    if problem.model is None:
        return [(name, part(name)) for name in PIECES]
    case = [("exact|tried|chosen", case_text(problem)), ("CALL|ask_call", call_text(problem))]
    return case + [(name, part(name)) for name in PIECES]
