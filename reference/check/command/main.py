"""The command `ig-conformance check DIR --text "…"`: status 0 for an answer, 1 for wrong scores, 2 for bad input."""

from __future__ import annotations

import argparse
import json
import sys

import torch

from reference.check import same_function
from reference.check.command import report, scores
from reference.check.command.columns import Column, calls, column
from reference.check.command.directory import CannotLoad, load
from reference.check.command.objective import objective
from reference.check.command.text import encode
from reference.check.copies import converted
from reference.check.field import Call
from reference.check.progress import progress
from reference.check.result import Verdict
from reference.violation import first_line


def run(options: argparse.Namespace) -> int:
    """Run the command: 0 for an answer, 1 for scores that are not right, 2 for bad input."""
    try:
        with progress():
            return _check(options)
    except CannotLoad as error:
        print(f"ig-conformance check: {first_line(error)}", file=sys.stderr)
        return 2


def _check(options: argparse.Namespace) -> int:
    if not options.accuracy > 0:
        raise CannotLoad(f"--accuracy must be positive; got {options.accuracy}")
    loaded = load(options.directory, allow_pickle=options.allow_pickle)
    continuation = options.target_text if loaded.kind == "causal" else None
    encoded = encode(loaded, options.text, options.text_pair, options.baseline, continuation)
    given = scores.read(options.scores, encoded) if options.scores else None
    chosen = objective(loaded, encoded, options.target, options.target_text, options.contrast)
    dtype = next(one.dtype for one in loaded.model.parameters() if one.is_floating_point())
    columns: list[Column] = []
    remarks = [*loaded.remarks, *encoded.remarks]
    asked = calls(loaded, encoded, chosen, options.layer)
    for name, (call, module) in asked.items():
        try:
            columns.append(column(name, call, module, options.accuracy, dtype, columns[0] if columns else None))
        except CannotLoad as error:
            remarks.append(str(error))
    if not columns:
        raise CannotLoad(remarks[-1])
    first = asked["IG inputs_embeds"][0]
    try:
        sentence = same_function.difference(
            first, loaded.model, encoded.ids, None if encoded.zero else encoded.baseline
        )
    except (ValueError, TypeError, RuntimeError) as error:
        sentence = first_line(error)
    whole = next((call.changed(layers=()) for call, module in asked.values() if module is not None), first)
    with torch.no_grad():
        end, start = (float(whole.values(converted(one, torch.float64), torch.float64)) for one in _ends(whole))
    ends = (end, start)
    answer = None
    if given is not None:
        answer = scores.answered(*given, columns, loaded.model, encoded, options.accuracy)
    if options.json:
        found = report.as_dict(chosen, encoded, columns, ends)
        found.update(remarks=remarks, same_function=sentence is None, difference=sentence)
        if answer is not None:
            found["answer"] = {"column": answer[0], **answer[1].as_dict()}
        print(json.dumps(found, indent=1))
    else:
        lines = report.figures(chosen, encoded, columns, ends)
        lines += ["", *report.agreement(columns, sentence is None, sentence)]
        lines += ["", *report.steps(columns, options.accuracy)]
        lines += [f"remark    {remark}" for remark in remarks]
        lines += ["", "the recommended call:", "", report.recommended(loaded, encoded, chosen, columns)]
        if answer is not None:
            lines += ["", f"your scores, compared with {answer[0]}: {answer[1]}"]
        print("\n".join(lines))
    return 0 if answer is None or answer[1].verdict is Verdict.RIGHT else 1


def _ends(call: Call) -> tuple[tuple[torch.Tensor, ...], ...]:
    return call.inputs, call.baselines
