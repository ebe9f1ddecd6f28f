"""Wrong subjects. Each passes nothing but what is true of it: `passes` lists those laws, with the reason.

A law that passes and is not listed proves nothing, and has to be mended. A law that is listed and does not pass was
listed without need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reference.violation import NotApplicable
from tests.power.controls.control import Control
from tests.subjects.textbook import Textbook
from tests.subjects.textbook.scalar import Scalar, take


class Refuser:
    """One polite error for everything."""

    name, device, refuses = "refuser", "cpu", True

    def ig(self, *given: Any, **options: Any) -> Any:
        raise ValueError(
            "inputs and baselines, target, forward and its gradient, additional_forward_args, n_steps, method, layer, "
            "internal_batch_size, multiply_by_inputs and delta must fit together, and inference mode must be off"
        )

    lig = ig


class Silent:
    """The suite's own NotApplicable for everything."""

    name, device, refuses = "silent", "cpu", True

    def ig(self, *given: Any, **options: Any) -> Any:
        raise NotApplicable("this subject would rather not say")

    lig = ig


class Zeros:
    """Zeros of the right shape, whatever is asked."""

    name, device, refuses = "zeros", "cpu", True

    def ig(self, forward: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        many = isinstance(inputs, tuple)
        zeros = tuple(torch.zeros_like(part, requires_grad=False) for part in (inputs if many else (inputs,)))
        return _with_delta(zeros if many else zeros[0], len(zeros[0]), options)

    def lig(self, forward: Any, layer: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        tensors = inputs if isinstance(inputs, tuple) else (inputs,)
        modules = layer if isinstance(layer, list) else [layer]
        batch, first = len(tensors[0]), torch.arange(1)
        shown: dict[nn.Module, Tensor] = {}

        def note(module: nn.Module, given: Any, output: Any) -> None:
            value = given[0] if options.get("attribute_to_layer_input") else output
            one = value[0] if isinstance(value, tuple) else value
            shown[module] = torch.zeros(batch, *one.shape[1:], dtype=one.dtype)

        handles = [module.register_forward_hook(note) for module in modules]
        try:
            with torch.no_grad():
                Scalar(forward, None, options.get("additional_forward_args"), batch).output(take(tensors, first), first)
        finally:
            for handle in handles:
                handle.remove()
        zeros = [shown[module] for module in modules]
        return _with_delta(zeros if isinstance(layer, list) else zeros[0], batch, options)


def _with_delta(zeros: Any, examples: int, options: dict[str, Any]) -> Any:
    return (zeros, torch.zeros(examples)) if options.get("return_convergence_delta") else zeros


class Memoriser(Textbook):
    """Right for the calls that it knows by heart, zeros for any other."""

    name = "memoriser"

    def __init__(self) -> None:
        super().__init__()
        self.learning = True
        self.known: set[str] = set()

    def ig(self, forward: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        return self._recalled(Textbook.ig(forward, inputs, baselines, **options), inputs, baselines, options)

    def lig(self, forward: Any, layer: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        return self._recalled(Textbook.lig(forward, layer, inputs, baselines, **options), inputs, baselines, options)

    def _recalled(self, right: Any, *call: Any) -> Any:
        described = repr(call)
        if self.learning:
            self.known.add(described)
        return right if described in self.known else _zero(right)


def _zero(result: Any) -> Any:
    """The result with 0 in all its tensors."""
    if isinstance(result, Tensor):
        return torch.zeros_like(result)
    return type(result)(map(_zero, result))


class Selective(Textbook):
    """Right, but 1 % too large if two options meet: chunks, and no factor Δ."""

    name = "selective"

    def ig(self, *given: Any, **options: Any) -> Any:
        return _wrong_if_they_meet(Textbook.ig(*given, **options), options)

    def lig(self, *given: Any, **options: Any) -> Any:
        return _wrong_if_they_meet(Textbook.lig(*given, **options), options)


def _wrong_if_they_meet(result: Any, options: dict[str, Any]) -> Any:
    meet = options.get("internal_batch_size") is not None and not options.get("multiply_by_inputs", True)
    if not meet:
        return result
    attribution, *delta = result if options.get("return_convergence_delta") else (result,)
    return (_scaled(attribution, 1.01), *delta) if delta else _scaled(attribution, 1.01)


def _scaled(attribution: Any, factor: float) -> Any:
    if isinstance(attribution, Tensor):
        return attribution * factor
    return type(attribution)(_scaled(part, factor) for part in attribution)


class RandomScores:
    """A subject that has `scores` alone, and draws them by lot: one for each token."""

    name, device, declares = "random scores", "cpu", Textbook.declares

    def scores(self, model: Any, tokenizer: Any, texts: Sequence[Any], *, target: Any) -> list[Tensor]:
        parts = [text if isinstance(text, tuple) else (text,) for text in texts]
        return [torch.rand(len(tokenizer(*both)["input_ids"])) for both in parts]


RELATED = "it relates results to each other, and zeros are related so"
ZERO_IS_RIGHT = "the right result is 0"
LEAVES = "the call leaves nothing behind"

OF_ZEROS = {
    "word_embeddings_agree_with_inputs_embeds": RELATED,
    "embeddings_agree_with_the_rest_of_the_model": RELATED,
    "affine_embeddings_agree": RELATED,
    "norm_input_agrees_with_inputs_embeds": RELATED,
    "joint_tables_add_up": RELATED,
    "linearity": RELATED,
    "implementation_invariance": RELATED,
    "symmetry": RELATED,
    "reversal": RELATED,
    "additivity": RELATED,
    "covariance": RELATED,
    "contrast": RELATED,
    "batch_is_its_examples": RELATED,
    "order_of_examples": RELATED,
    "same_call_twice": RELATED,
    "graph_independent_of_chunks": RELATED,
    "masked_tokens": ZERO_IS_RIGHT,
    "unread_positions": ZERO_IS_RIGHT,
    "equal_tokens": ZERO_IS_RIGHT,
    "equal_examples": ZERO_IS_RIGHT,
    "empty_batch": "no number is asked for",
    "rows_of_a_chunk": "no call of the forward has more than one row",
    "dtype_device_and_shape": "the dtypes, devices and shapes are right",
    "model_unchanged": LEAVES,
    "arguments_unchanged": LEAVES,
    "shared_state_unchanged": LEAVES,
    "unchanged_by_failure": LEAVES,
    "attribution_without_graph": LEAVES,
    "memory_constant": LEAVES,
    "input_call_frees_model": LEAVES,
    "layer_call_frees_model": LEAVES,
}

NEGATIVE = (
    Control("refuser", Refuser),
    Control("silent", Silent),
    Control("zeros", Zeros, passes=OF_ZEROS),
    Control("random scores", RandomScores),
)
