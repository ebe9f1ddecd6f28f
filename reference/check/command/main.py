"""The command `ig-conformance check DIR --text "…"`: status 0 for an answer, 1 for wrong scores, 2 for bad input."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch

from reference.check import same_function
from reference.check.command import random_weights, report, scores, two_tables
from reference.check.command.answer import Scores, answered
from reference.check.command.columns import Column, calls, column
from reference.check.command.explanation import Explanation
from reference.check.command.objective import objective
from reference.check.command.text import Encoded, encode
from reference.check.copies import converted
from reference.check.field import Call
from reference.check.progress import doing, progress
from reference.check.result import Verdict
from reference.html.svg import missing
from reference.models.directory import CannotLoad, Loaded, load
from reference.oracle.quadrature import rule
from reference.violation import first_line


def run(options: argparse.Namespace) -> int:
    """Run the command: 0 for an answer, 1 for scores that are not right, 2 for bad input."""
    try:
        return _check(options)
    except CannotLoad as error:
        print(f"ig-conformance check: {first_line(error)}", file=sys.stderr)
        return 2


def _check(options: argparse.Namespace) -> int:
    if not 0 < options.accuracy < 1:
        raise CannotLoad(f"--accuracy is a share of the largest score, between 0 and 1; got {options.accuracy}")
    if options.report:
        _can_report(Path(options.report))
    with progress():
        found = explanation(options)
    answer = found.answer
    if options.json:
        print(json.dumps(_as_dict(found), indent=1))
    else:
        print("\n".join(_lines(found)))
    if options.report:
        from reference.check.command.html import page  # needs packages that nothing else needs

        with progress():
            doing("drawing")
            Path(options.report).write_text(page(found), encoding="utf-8")
    return 0 if answer is None or answer.result.verdict is Verdict.RIGHT else 1


def _can_report(file: Path) -> None:
    """Raises   CannotLoad if the page could not be written in the end."""
    if packages := missing():
        raise CannotLoad(f"--report needs {' and '.join(packages)}: pip install 'ig-conformance[report]'")
    if not file.absolute().parent.is_dir():
        raise CannotLoad(f"--report: the folder {file.absolute().parent} does not exist")
    if file.is_dir():
        raise CannotLoad(f"--report: {file} is a folder; name a file")


def explanation(options: argparse.Namespace) -> Explanation:
    """What the command finds out.

    Raises   CannotLoad with one line
    """
    loaded = load(options.directory, allow_pickle=options.allow_pickle)
    continuation = options.target_text if loaded.kind == "causal" else None
    encoded = encode(loaded, options.text, options.text_pair, options.baseline, continuation)
    method, n_steps = rule_of(options.method, options.n_steps, scores=bool(options.scores))
    given = scores.read(options.scores, encoded, loaded.tokenizer) if options.scores else None
    if given is not None and loaded.config.is_encoder_decoder:
        raise CannotLoad("--scores does not work for an encoder–decoder: use check_layer_integrated_gradients")
    chosen = objective(loaded, encoded, options.target, options.target_text, options.contrast)
    dtype = next(one.dtype for one in loaded.model.parameters() if one.is_floating_point())
    columns: list[Column] = []
    remarks = [*loaded.remarks, *random_weights.remarks_on(loaded, encoded, chosen), *encoded.remarks, *chosen.remarks]
    asked = calls(loaded, encoded, chosen, options.layer)
    for name, (call, module) in asked.items():
        try:
            columns.append(column(name, call, module, options.accuracy, dtype, columns[0] if columns else None))
        except CannotLoad as error:
            if options.layer is not None and module == options.layer:
                raise
            remarks.append(str(error))
    if not columns:
        raise CannotLoad(remarks[-1])
    first = next(iter(asked.values()))[0]
    sentence = two_tables.WHY if first.layers else _difference(first, loaded, encoded)
    whole = next((call.changed(layers=()) for call, module in asked.values() if module is not None), first)
    with torch.no_grad():
        end, start = (float(whole.values(converted(one, torch.float64), torch.float64)) for one in _ends(whole))
    _changes(columns, end, start, chosen.words)
    if end == start:
        remarks.append("F(x) = F(x'): the scores add up to 0")
    answer = None
    if given is not None:
        own = Scores(*given, options.method, options.n_steps)
        answer = answered(own, columns, loaded.model, encoded, options.accuracy, options.layer)
    return Explanation(
        loaded=loaded,
        encoded=encoded,
        objective=chosen,
        columns=tuple(columns),
        ends=(end, start),
        difference=sentence,
        remarks=tuple(remarks),
        accuracy=options.accuracy,
        method=method,
        n_steps=n_steps,
        given=None if given is None else given[0][0],
        answer=answer,
    )


def _changes(columns: list[Column], end: float, start: float, words: str) -> None:
    """Raises   CannotLoad if every score is 0: there is nothing to explain."""
    if any(bool((column.scores != 0).any()) for column in columns):
        return
    if end == start:
        raise CannotLoad(
            f"F(x) = F(x') = {end:.6g}, and F is the same on the whole path: {words} does not depend on the text; "
            "choose another target or baseline"
        )
    raise CannotLoad(
        f"every score is 0, but F changes by {end - start:.6g}: the gradient does not reach the embeddings (a detach, "
        "a no_grad, or rounding in the model)"
    )


def _difference(call: Call, loaded: Loaded, encoded: Encoded) -> str | None:
    """How the model by inputs_embeds differs from the model by ids, or None."""
    baseline = None if encoded.zero else encoded.baseline
    try:
        found = same_function.difference(call, loaded.model, encoded.ids, baseline)
        return None if found is None else same_function.without_advice(found)
    except (ValueError, TypeError, RuntimeError) as error:
        return first_line(error)


def rule_of(method: str | None, n_steps: int | None, *, scores: bool) -> tuple[str, int]:
    """The rule of the user's scores that was told, or Captum's default.

    Raises   CannotLoad for a rule that does not exist, or without scores
    """
    if not scores and (method is not None or n_steps is not None):
        name = "--n-steps" if method is None else "--method"
        raise CannotLoad(f"{name} names the rule of your scores: pass --scores FILE.json, too")
    told = method or "gausslegendre", 50 if n_steps is None else n_steps
    try:
        rule(*told)
    except ValueError as error:
        raise CannotLoad(first_line(error)) from None
    return told


def _as_dict(found: Explanation) -> dict[str, Any]:
    values = report.as_dict(found.objective, found.encoded, found.columns, found.ends)
    values.update(
        sentence=found.sentence,
        accuracy=found.accuracy,
        next=found.next_steps(),
        remarks=list(found.remarks),
        same_function=found.difference is None,
        difference=found.difference,
    )
    if found.answer is not None:
        values["answer"] = {"column": found.answer.column, **found.answer.result.as_dict()}
    return values


def _lines(found: Explanation) -> list[str]:
    lines = [found.sentence, *(f"remark    {remark}" for remark in found.remarks)]
    lines = report.fitted([*lines, *(f"next      {step}" for step in found.next_steps())])
    lines += ["", *report.figures(found.objective, found.encoded, found.columns, found.ends)]
    lines += ["", *report.fitted(found.agreement.lines())]
    lines += ["", *report.steps(found.columns, found.accuracy)]
    call = report.recommended(found.loaded, found.encoded, found.objective, found.columns)
    lines += ["", "the recommended call:", "", call]
    if found.answer is not None:
        lines += ["", f"your scores, compared with {found.answer.column}: {found.answer.result}"]
    return lines


def _ends(call: Call) -> tuple[tuple[torch.Tensor, ...], ...]:
    return call.inputs, call.baselines
