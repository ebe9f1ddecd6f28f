"""Faults that show under one condition only: IG and LIG are right, unless the call meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from tests.power.faults.fault import Plant
from tests.subjects.textbook import Textbook, integrated_gradients, layers

UNREPORTED = "no report: a kind of fault that no law saw before any_input_call and any_layer_call"


@dataclass(frozen=True)
class Seen:
    """What an implementation sees of its call. `layers` is empty for IG; `listed` says that they came in a list."""

    forward: Any
    layers: tuple[Any, ...]
    listed: bool
    inputs: tuple[Any, ...]
    baselines: tuple[Any, ...]
    options: dict[str, Any]

    @property
    def x(self) -> Tensor:
        """The first input."""
        first: Tensor = self.inputs[0]
        return first

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The additional arguments."""
        return _tuple(self.options.get("additional_forward_args"))

    @property
    def target(self) -> Any:
        """As given."""
        return self.options.get("target")

    @property
    def n_steps(self) -> Any:
        """As given, or 50."""
        return self.options.get("n_steps", 50)

    @property
    def rows(self) -> int:
        """Examples times steps."""
        return len(self.x) * int(self.n_steps)

    @property
    def chunk(self) -> int:
        """internal_batch_size, or 0."""
        return int(self.options.get("internal_batch_size") or 0)

    @property
    def averaged(self) -> bool:
        """Whether the factor Δ is left out."""
        return not self.options.get("multiply_by_inputs", True)

    @property
    def delta(self) -> bool:
        """Whether the delta is asked for."""
        return bool(self.options.get("return_convergence_delta"))

    @property
    def at_input(self) -> bool:
        """Whether a layer's input is attributed."""
        return bool(self.options.get("attribute_to_layer_input"))

    @property
    def half(self) -> bool:
        """Whether an input is in half precision."""
        return any(x.dtype in (torch.bfloat16, torch.float16) for x in self.inputs)


When = Callable[[Seen], Any]
Spoil = Callable[[Any], Any]


def doubled(part: Any) -> Any:
    """Twice the attribution."""
    return 2 * part


def wrong_if(when: When, spoil: Spoil = doubled) -> Plant:
    """Plants a fault: `spoil` is applied to each attribution of a call for which `when` is true."""
    return partial(_planted, when, spoil, lambda delta: delta)


def wrong_delta_if(when: When, spoil: Spoil = lambda delta: delta + 1) -> Plant:
    """Plants a fault: `spoil` is applied to the delta of a call for which `when` is true."""
    return partial(_planted, when, lambda part: part, spoil)


@contextmanager
def _planted(when: When, spoil: Spoil, spoil_delta: Spoil) -> Iterator[None]:
    def spoilt(seen: Seen, ask: Callable[[], Any]) -> Any:
        wrong, result = when(seen), ask()  # the call may change what it is given
        if not wrong:
            return result
        if not seen.delta:
            return _each(spoil, result)
        attribution, delta = result
        return _each(spoil, attribution), spoil_delta(delta)

    def ig(forward: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        seen = Seen(forward, (), False, _tuple(inputs), _tuple(baselines), options)
        ask = partial(integrated_gradients.integrated_gradients, forward, inputs, baselines, **options)
        return spoilt(seen, ask)

    def lig(forward: Any, layer: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        seen = Seen(forward, _tuple(layer), isinstance(layer, list), _tuple(inputs), _tuple(baselines), options)
        return spoilt(seen, partial(layers.layer_integrated_gradients, forward, layer, inputs, baselines, **options))

    with mock.patch.multiple(Textbook, ig=staticmethod(ig), lig=staticmethod(lig)):
        yield


def _tuple(given: Any) -> tuple[Any, ...]:
    if isinstance(given, tuple | list):
        return tuple(given)
    return () if given is None else (given,)


def _each(spoil: Spoil, result: Any) -> Any:
    return type(result)(map(spoil, result)) if isinstance(result, tuple | list) else spoil(result)
