"""What the command prints: the figures, the table of tokens, what must agree, and the recommended call."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from reference.check.command import two_tables
from reference.check.command.columns import Column
from reference.check.command.objective import Objective
from reference.check.command.shares import of_largest
from reference.check.command.text import Encoded
from reference.models.directory import Loaded

WIDTH = 100
"""Columns of a line of text. The recommended call has the lines of a program."""


def figures(objective: Objective, encoded: Encoded, columns: Sequence[Column], ends: tuple[float, float]) -> list[str]:
    """F at both ends, and the table."""
    lines = [
        f"F         {objective.words}",
        f"F(x)      {ends[0]:.6g}",
        f"F(x')     {ends[1]:.6g}   (baseline: {encoded.named})",
        f"change    {ends[0] - ends[1]:.6g}",
        "",
    ]
    elsewhere = any(abs(column.start - ends[1]) > column.rounding for column in columns)
    widest = max(len("F(start)") if elsewhere else 5, *(len(token) for token in encoded.tokens))
    widths = [max(24, len(column.name) + 3) for column in columns]
    heads = [f"{column.name:>{wide}}" for column, wide in zip(columns, widths, strict=True)]
    lines.append(f"{'token':>{widest}} {''.join(heads)}")
    certain = [column.certain() for column in columns]
    for place, token in enumerate(encoded.tokens):
        cells = [
            f"{_cell(column, place):>{wide - 1}}{'' if sure[place] else '?':1}"
            for column, sure, wide in zip(columns, certain, widths, strict=True)
        ]
        lines.append(f"{token:>{widest}} {''.join(cells)}")
    sums = [(float(column.scores.sum()), wide) for column, wide in zip(columns, widths, strict=True)]
    totals = "".join(f"{total:>+{wide - 1}.5g} " for total, wide in sums)
    lines.append(f"{'total':>{widest}} {totals}")
    if elsewhere:
        starts = "".join(f"{column.start:>{wide - 1}.6g} " for column, wide in zip(columns, widths, strict=True))
        lines.append(f"{'F(start)':>{widest}} {starts}")
    unsure = sum(not all(sure) for sure in certain)
    lines += [
        "",
        "score ± error (quadrature and rounding)" + ("; ? marks a rank that is not certain" if unsure else ""),
    ]
    lines += [
        f"  {column.name}: quadrature up to {float(column.quadrature.max()):.2g}, rounding {column.rounding:.2g}"
        for column in columns
    ]
    if words(encoded, columns):
        lines += ["", "words (sums of their tokens)", *(f"  {line}" for line in words(encoded, columns))]
    return lines


def _cell(column: Column, place: int) -> str:
    if float(column.scores[place]) == 0:
        return "0"
    return f"{float(column.scores[place]):+.5f} ± {float(column.error[place]):.1g}"


def words(encoded: Encoded, columns: Sequence[Column]) -> list[str]:
    """Words of several tokens, with the sums of their scores."""
    groups: dict[int, list[int]] = {}
    for place, word in enumerate(encoded.words):
        if word >= 0:
            groups.setdefault(word, []).append(place)
    lines = []
    for places in groups.values():
        if len(places) > 1:
            text = "".join(encoded.tokens[place].removeprefix("##").lstrip("_") for place in places)
            sums = ", ".join(f"{column.name} {float(column.scores[places].sum()):+.5f}" for column in columns)
            lines.append(f"{text}: {sums}")
    return lines


def fitted(lines: Iterable[str]) -> list[str]:
    """The lines in at most WIDTH columns. Those that begin with a label go on below their text."""
    return [
        part
        for line in lines
        for part in textwrap.wrap(
            line,
            WIDTH,
            subsequent_indent=" " * 10 if line[8:10] == "  " else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def steps(columns: Sequence[Column], accuracy: float) -> list[str]:
    """The n_steps to use."""
    lines = []
    for column in columns:
        if column.n_steps is not None:
            lines.append(f"n_steps   {column.name}: {column.n_steps} (gausslegendre, accuracy {accuracy:g})")
        elif column.integral.converged:
            lines.append(f"n_steps   {column.name}: none up to 1000 gives an accuracy of {accuracy:g}")
        else:
            integral = column.integral
            known = f"not converged up to {integral.nodes} nodes, known to {of_largest(column.share)}"
            if integral.jump:
                known += f": F jumps at α ≈ {integral.trouble:.3g}, use another baseline"
            lines.append(f"n_steps   {column.name}: {known}")
    return lines


def as_dict(
    objective: Objective, encoded: Encoded, columns: Sequence[Column], ends: tuple[float, float]
) -> dict[str, Any]:
    """The same figures, for --json."""
    return {
        "F": objective.words,
        "end": ends[0],
        "start": ends[1],
        "baseline": encoded.named,
        "tokens": list(encoded.tokens),
        "words": list(encoded.words),
        "columns": {
            column.name: {
                "module": column.module,
                "scores": [float(score) for score in column.scores],
                "quadrature": [float(error) for error in column.quadrature],
                "rounding": column.rounding,
                "rank_is_certain": list(column.certain()),
                "end": column.end,
                "start": column.start,
                "n_steps": column.n_steps,
                "converged": column.integral.converged,
            }
            for column in columns
        },
    }


def recommended(loaded: Loaded, encoded: Encoded, objective: Objective, columns: Sequence[Column]) -> str:
    """The recommended call as a program that runs."""
    chosen = next((column for column in columns if column.name == "LIG word table"), columns[0])
    steps = chosen.recommended
    names = ", ".join(encoded.arguments)
    arguments = "\n".join(f"{name} = {_tensor(value)}" for name, value in encoded.arguments.items())
    load = f"model = {loaded.loader}.from_pretrained({loaded.path!r}).eval()"
    keywords = ", ".join(f"{name}={name}" for name in encoded.arguments)
    expression, extra = objective.expression, ""
    if "embedding(" in expression:
        direction, expression = expression, "torch.cosine_similarity(output.last_hidden_state.mean(1), toward)"
        own = direction.endswith("embedding(text))")
        other = "ids" if own else f"torch.tensor([{_ids(loaded, direction)}])"
        extra = f"\ntoward = model(input_ids={other}).last_hidden_state.mean(1).detach()"
    common = f"""import torch
from transformers import {loaded.loader}

{load}
ids = torch.tensor({encoded.ids.tolist()})
{_baseline(encoded)}
{arguments}{extra}
"""
    if chosen.module is None:
        keep = f"torch.tensor({[list(encoded.kept)]}).unsqueeze(-1)"
        start = f"torch.where({keep}, x, 0 * x)" if encoded.zero else "table(baseline_ids).detach()"
        return f"""from captum.attr import IntegratedGradients
{common}
def forward(inputs_embeds, {names}):
    output = model(inputs_embeds=inputs_embeds, {keywords})
    return {expression}

table = model.get_input_embeddings()
x = table(ids).detach()
attributions = IntegratedGradients(forward).attribute(
    x, {start}, additional_forward_args=({names},), n_steps={steps}
)
print(attributions.sum(-1))"""
    layer, printed = "model.get_input_embeddings()", "attributions.sum(-1)"
    if chosen.name == two_tables.NAME:
        layer = f"[{', '.join(f'model.{name}' for name in str(chosen.module).split(', '))}]"
        printed = "attributions[0].sum(-1) + torch.nn.functional.pad(attributions[1].sum(-1)[:, 1:], (0, 1))"
    return f"""from captum.attr import LayerIntegratedGradients
{common}
def forward(input_ids, {names}):
    output = model(input_ids=input_ids, {keywords})
    return {expression}

attributions = LayerIntegratedGradients(forward, {layer}).attribute(
    ids, baseline_ids, additional_forward_args=({names},), n_steps={steps}
)
print({printed})"""


def _tensor(value: Tensor) -> str:
    """An argument of the ids' shape as code: short if all of its numbers are the same."""
    first = int(value[0, 0])
    return f"torch.full_like(ids, {first})" if bool((value == first).all()) else f"torch.tensor({value.tolist()})"


def _baseline(encoded: Encoded) -> str:
    """The baseline as code: short if one token stands for all that are not kept."""
    kept = torch.tensor(encoded.kept)
    others = set(encoded.baseline[0, ~kept].tolist())
    if len(others) != 1:
        return f"baseline_ids = torch.tensor({encoded.baseline.tolist()})"
    made = f"baseline_ids = torch.full_like(ids, {others.pop()})"
    places = kept.nonzero().flatten().tolist()
    return f"{made}\nbaseline_ids[:, {places}] = ids[:, {places}]" if places else made


def _ids(loaded: Loaded, expression: str) -> list[int]:
    text = expression[expression.index("embedding(") + len("embedding(") : -2]
    import ast

    found: list[int] = loaded.tokenizer(ast.literal_eval(text))["input_ids"]
    return found
