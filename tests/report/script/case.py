"""A problem's model and data in plain text: configuration, weights and variant inlined."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from string import Template
from types import FunctionType
from typing import Any

from reference.models.bag import BagOfTokens, TinyBag
from reference.models.bert import HEADS, TinyBert
from reference.models.family import MAX_LENGTH, choices
from reference.models.variants import VARIANTS, plain
from reference.models.weights import weights
from reference.problem import Ids, Place, Problem, Tokens, Vectors

IMPORTED = ("Tensor", "nn", "torch")
"""What a variant may use beside functions and classes of its own file: a script imports it."""


PARTED = """\
        # Of a multiple choice, a row holds {many} of the same length, side by side.
        tokens, mask, types, positions = (
            rows if rows is None else rows.unflatten(1, ({many}, -1)) for rows in (tokens, mask, types, positions)
        )
"""


class NoScript(LookupError):
    """There is no script for this law, problem or subject; the message says which it is."""


class NoPage(NoScript):
    """What the script would show fits on no page."""


def part(name: str) -> str:
    """The text parts/name.py.txt."""
    return (Path(__file__).parent / "parts" / f"{name}.py.txt").read_text(encoding="utf-8")


def case_text(problem: Problem) -> str:
    """The data, the model, F, and both built: `exact` in float64, `tried` in the call's dtype.

    Raises   NoPage for a model of another kind, or a variant that is not written as functions and classes
    """
    bert, data = problem.model, problem.data
    if isinstance(bert, TinyBag):
        return _bag_text(bert, data)
    if not isinstance(bert, TinyBert) or not isinstance(data, Tokens):
        raise NoPage(f"a {type(bert).__name__} is not written out")
    head, variant = HEADS[bert.head], VARIANTS[bert.variant].change
    changed = variant is not plain
    by_vectors = isinstance(data.baseline, Vectors)
    return Template(part("case")).substitute(
        {field: repr(value) for field, value in vars(bert).items()},
        longest=MAX_LENGTH,
        model_class=head.model_class,
        output=head.output,
        prefix=bert.family.prefix(bert.head),
        parted=PARTED.format(many=choices(data.length)) if bert.head == "choice" else "",
        weights=inspect.getsource(weights),
        variant=f"\n{sources(variant)}\n\n" if changed else "",
        changed=f"        {variant.__name__}(model)\n" if changed else "",
        ids=_rows(data.ids),
        baseline_data="" if by_vectors else f"baseline_ids = torch.tensor({_rows(data.baseline)})",
        arguments=_arguments(data.mask, data.types, data.positions),
        baseline_arguments=_baseline_arguments(data),
        baseline=_vectors(data.baseline) if isinstance(data.baseline, Vectors) else "table(baseline_ids).detach()",
        layered="self.x, self.baseline" if by_vectors else "ids, baseline_ids",
        chosen=chosen_text(problem.call.target, data.batch, problem.build().output_dims),
    )


def _bag_text(bag: TinyBag, data: Tokens) -> str:
    return Template(part("bag")).substitute(
        {field: repr(value) for field, value in vars(bag).items()},
        ids=_rows(data.ids),
        baseline=_rows(data.baseline),
        arguments=_arguments(data.mask),
        weights=inspect.getsource(weights),
        bag=inspect.getsource(BagOfTokens),
    )


def call_text(problem: Problem) -> str:
    """`CALL`, the arguments of the problem's one call, and `ask_call`, which makes it with some of them changed."""
    if problem.call.layer is None:
        return part("call_inputs")
    place = Place.named(problem.call.layer)
    return Template(part("call_layer")).substitute(path=repr(place.path), at_input=place.at_input)


def chosen_text(target: Any, batch: int, output_dims: int) -> str:
    """The expression for the target's element of each row of `output`."""
    if target is None:
        return "output.reshape(len(output))"
    if isinstance(target, int):
        return f"output[:, {target}]"
    if isinstance(target[0], int) and output_dims == len(target) + 1 > 2:
        return f"output[:, {', '.join(map(str, target))}]"
    columns = zip(*((one,) if isinstance(one, int) else one for one in target), strict=True)
    return f"output[{', '.join(str(list(column)) for column in (range(batch), *columns))}]"


def sources(thing: Any) -> str:
    """The source of a function or class, after that of everything in its module that it names.

    Raises   NoPage where that is more than functions and classes
    """
    around = vars(sys.modules[thing.__module__])
    found: dict[str, str] = {}

    def collect(name: str) -> None:
        one = around.get(name)
        if not isinstance(one, FunctionType | type) or (one.__module__, one.__name__) != (thing.__module__, name):
            raise NoPage(f"the variant needs {name}, which is not written out")
        own = [one] if isinstance(one, FunctionType) else [f for f in vars(one).values() if isinstance(f, FunctionType)]
        for other in dict.fromkeys(other for function in own for other in function.__code__.co_names):
            if other in around and other not in {*IMPORTED, *found, name}:
                collect(other)
        found[name] = inspect.getsource(one)

    collect(thing.__name__)
    return "\n\n".join(found.values()).strip()


def _rows(rows: Any) -> str:
    return repr([list(row) for row in rows])


def _arguments(*given: Ids | None) -> str:
    return "\n".join(f"    {None if rows is None else f'torch.tensor({_rows(rows)})'}," for rows in given)


def _baseline_arguments(data: Tokens) -> str:
    if data.baseline_types is None and data.baseline_positions is None:
        return "arguments"
    own = _arguments(data.mask, data.baseline_types or data.types, data.baseline_positions or data.positions)
    return f"(\n{own}\n)"


def _vectors(spec: Vectors) -> str:
    drawn = f"np.random.RandomState({spec.seed}).standard_normal(tuple(x.shape)) * {spec.scale}"
    return f"torch.from_numpy({drawn}).float().to(x)"
