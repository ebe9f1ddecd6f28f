"""The three attributions of a text, each converged and with its error: IG on inputs_embeds, LIG at two modules."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from reference.check.command.layers import layer_of
from reference.check.command.objective import Objective
from reference.check.command.text import Encoded
from reference.check.command.two_tables import NAME, joined, word_tables
from reference.check.convergence import node_limit
from reference.check.copies import Copies
from reference.check.field import Call
from reference.check.integral import Integral, cached_rule, integrated, steps_needed
from reference.check.model_calls import word_table
from reference.check.numbers import Numbers, Value
from reference.check.progress import doing
from reference.check.sides import Side, Sides
from reference.check.unsound import Unsound
from reference.models.directory import CannotLoad, Loaded
from reference.violation import NotApplicable, first_line

FEWEST_NODES = 60
"""The nodes of a column's integral, however slow the model is: four pieces."""

SAMPLE = 8
"""Steps of the rule by which rounding is measured."""

FALLBACK = 300
"""The steps that are recommended if no number of steps is known to be enough."""


@dataclass(frozen=True)
class Column:
    """Token scores (length,), how far each may be off, and the integral that they come from.

    `end` and `start` are F at the ends of the path, in float64.
    """

    name: str
    scores: Tensor
    quadrature: Tensor
    rounding: float
    n_steps: int | None
    integral: Integral
    call: Call
    sample: Value
    end: float
    start: float
    module: str | None = None

    @property
    def error(self) -> Tensor:
        """Of each token score: (length,)."""
        return self.quadrature + self.rounding

    @property
    def largest(self) -> float:
        """The size of the largest score."""
        return float(self.scores.abs().max())

    @property
    def worst(self) -> float:
        """The largest error bar."""
        return float(self.error.max())

    @property
    def share(self) -> float:
        """The largest error bar as a share of the largest score: what the table shows, as one number."""
        return self.worst / self.largest

    @property
    def recommended(self) -> int:
        """The number of steps that the command recommends."""
        return self.n_steps or FALLBACK

    def reached(self, accuracy: float) -> tuple[float, int] | None:
        """The best power of ten above the accuracy that some number of steps reaches, with that number, or None."""
        known = float((self.integral.error / self.integral.scale).max())
        for exponent in range(-12, 0):
            coarser = 10.0**exponent
            if coarser > accuracy and coarser >= known:
                n_steps = steps_needed(self.integral, "gausslegendre", coarser)
                if n_steps is not None:
                    return coarser, n_steps
        return None

    def certain(self) -> tuple[bool, ...]:
        """Whether a token's rank by absolute score is certain: no neighbour's error bar touches its own.

        A token that is the same at both ends has exactly 0, and no rank.
        """
        sizes = self.scores.abs()
        order = [place for place in sizes.argsort(descending=True).tolist() if sizes[place] > 0]
        found = [True] * len(sizes)
        for before, after in pairwise(order):
            if float(sizes[before] - sizes[after]) <= float(self.error[before] + self.error[after]):
                found[before] = found[after] = False
        return tuple(found)


def seconds(length: int) -> float:
    """The time for one integral: an answer takes a minute for 64 tokens, four minutes for 512, and has two integrals.

    Each gets a quarter of the time. The other half is for rounding and the page.
    """
    return 15.0 + 45.0 * max(0, length - 64) / (512 - 64)


def calls(
    loaded: Loaded, encoded: Encoded, objective: Objective, layer: str | None
) -> dict[str, tuple[Call, str | None]]:
    """The call of each column by its name, with the path of the module.

    Raises   CannotLoad for a layer that the model does not have
    """
    model = loaded.model
    names = tuple(encoded.arguments)
    copies = Copies((model,))
    additional = tuple(encoded.arguments.values())
    if loaded.config.is_encoder_decoder:
        return _at_both_tables(loaded, encoded, objective, layer)
    table = word_table(model)
    if table is None:
        raise CannotLoad(f"{type(model).__name__} has no word embeddings")

    def by_ids(ids: Tensor, *given: Tensor) -> Tensor:
        return objective.value(input_ids=ids, **dict(zip(names, given, strict=True)))

    def by_embeddings(embeddings: Tensor, *given: Tensor) -> Tensor:
        return objective.value(inputs_embeds=embeddings, **dict(zip(names, given, strict=True)))

    with torch.no_grad():
        x, baseline = (table(ids).detach() for ids in (encoded.ids, encoded.baseline))
    if encoded.zero:
        keep = torch.tensor(encoded.kept).reshape(1, -1, 1)
        baseline = torch.where(keep, x, torch.zeros_like(x))
    found: dict[str, tuple[Call, str | None]] = {}
    ids_call = Call(by_ids, (encoded.ids,), (encoded.baseline,), additional, objective.target, copies)
    found["IG inputs_embeds"] = (Call(by_embeddings, (x,), (baseline,), additional, objective.target, copies), None)
    if not encoded.zero:
        found["LIG word table"] = (ids_call.changed(layers=(table,)), _path(model, table))
        module = layer or embeddings_module(model, table)
        if module is not None:
            found[f"LIG {module.rpartition('.')[2] if layer is None else module}"] = (
                ids_call.changed(layers=(_at(loaded, encoded, layer, module),)),
                module,
            )
    elif layer is not None:
        raise CannotLoad("--layer needs a baseline of tokens: LIG has no zero vector for a layer")
    return found


def _at_both_tables(
    loaded: Loaded, encoded: Encoded, objective: Objective, layer: str | None
) -> dict[str, tuple[Call, str | None]]:
    if encoded.zero or layer is not None:
        raise CannotLoad(f"{loaded.path} takes no inputs_embeds: --baseline zero and --layer do not work for it")
    names, tables = tuple(encoded.arguments), word_tables(loaded.model)

    def by_ids(ids: Tensor, *given: Tensor) -> Tensor:
        return objective.value(input_ids=ids, **dict(zip(names, given, strict=True)))

    additional = tuple(encoded.arguments.values())
    copies = Copies((loaded.model,))
    call = Call(by_ids, (encoded.ids,), (encoded.baseline,), additional, objective.target, copies, layers=tuple(tables))
    return {NAME: (call, ", ".join(_path(loaded.model, table) for table in tables))}


def _path(model: nn.Module, module: nn.Module) -> str:
    names: list[str] = [name for name, one in model.named_modules() if one is module]
    return names[0]


def _at(loaded: Loaded, encoded: Encoded, layer: str | None, module: str) -> nn.Module:
    return loaded.model.get_submodule(module) if layer is None else layer_of(loaded, encoded, layer)


def embeddings_module(model: nn.Module, table: nn.Module) -> str | None:
    """The module that adds the word, position and token-type embeddings, if the model has one of its own."""
    parent = _path(model, table).rpartition(".")[0]
    return parent if parent and "embed" in parent.rpartition(".")[2] else None


def column(
    name: str, call: Call, module: str | None, accuracy: float, dtype: torch.dtype, known: Column | None = None
) -> Column:
    """The converged attribution of a call, with both errors. It is that of `known`, if both are one function.

    Raises   CannotLoad if the forward does not run there, or is not finite
    """
    doing(name)
    try:
        exact_path = call.path(torch.float64)
        numbers = Numbers(exact_path[1], torch.zeros(1, 1), reduced=-1)
        rounded_dtype = torch.float32 if dtype == torch.float64 else dtype
        rule = cached_rule("gausslegendre", SAMPLE)
        sides = Sides(Side(call, torch.float64, rule, numbers), Side(call, rounded_dtype, rule, numbers))
        value = sides.value()
        budget = float(Value(value.number, value.unit, value.magnitude).budget(dtype).max())
        single = sides.rounded if rounded_dtype == torch.float32 else Side(call, torch.float32, rule, numbers)
        noise = torch.full((1,), _noise(sides.exact, single))
        integral = None if known is None else _shared(known, value, accuracy)
        if integral is None:
            most = node_limit(single, seconds(numbers.space.shapes[0][0]), FEWEST_NODES)
            integral = integrated(single.path, numbers.profile, accuracy, most, noise)
    except (Unsound, ValueError, TypeError, NotApplicable, RuntimeError) as error:
        raise CannotLoad(f"{name}: {first_line(error)}") from error
    if not bool(integral.scores.isfinite().all()):
        raise CannotLoad(f"{name}: the gradient is not finite")
    of_tokens = joined if len(call.layers) > 1 else lambda scores: scores
    return Column(
        name=name,
        scores=of_tokens(integral.scores[0]),
        quadrature=of_tokens(integral.each[0]),
        rounding=len(call.layers[1:]) * budget + budget,
        n_steps=steps_needed(integral, "gausslegendre", accuracy) if integral.converged else None,
        integral=integral,
        call=call,
        module=module,
        sample=value,
        end=float(sides.exact.average.end),
        start=float(sides.exact.average.start),
    )


def _shared(known: Column, value: Value, accuracy: float) -> Integral | None:
    """The integral of another column, if a rule of few steps gives the same in both: they are one function then."""
    budget = known.sample.budget(torch.float64) + value.budget(torch.float64)
    same = bool(((known.sample.number - value.number).abs() <= budget.unsqueeze(1)).all())
    return known.integral if same else None


def _noise(exact: Side, single: Side) -> float:
    apart = float((exact.scores - single.scores).abs().max())
    return 32 * apart + 4 * torch.finfo(torch.float32).eps * float(exact.magnitude().max())
