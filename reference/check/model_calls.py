"""The call of the user's model inside a forward: seen, and made with other arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any, cast

import torch
from torch import Tensor, nn

from reference.oracle.substitution import substituted

Change = Callable[[dict[str, Any]], None]
"""Changes the arguments of a call of the model, by name, in place."""


def entry_points(model: nn.Module) -> list[nn.Module]:
    """The modules of a transformer that take token ids or embeddings."""
    return [one for one in model.modules() if {"input_ids", "inputs_embeds"} <= _parameters(type(one).forward)]


@contextmanager
def altered(model: nn.Module, change: Change) -> Iterator[None]:
    """Inside, the outermost call of the model, or of a transformer in it, is made with changed arguments."""
    running: list[nn.Module] = []

    def changing(module: nn.Module, own: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(own)

        def forward(*args: Any, **kwargs: Any) -> Any:
            if running:
                return own(*args, **kwargs)
            running.append(module)
            try:
                named = dict(signature.bind(*args, **kwargs).arguments)
                for name, parameter in signature.parameters.items():
                    if parameter.kind is parameter.VAR_KEYWORD:
                        named.update(named.pop(name, {}))
                change(named)
                return own(**named)
            finally:
                running.pop()

        return forward

    with ExitStack() as stack:
        for module in entry_points(model):
            stack.enter_context(substituted(module, changing(module, module.forward)))
        yield


def arguments_of(model: nn.Module, run: Callable[[], object]) -> dict[str, Any] | None:
    """The arguments of the first call of the model in a run, or None if it is not called."""
    seen: list[dict[str, Any]] = []
    with altered(model, lambda named: seen.append(dict(named))), torch.no_grad():
        run()
    return seen[0] if seen else None


def by_ids(ids: Tensor, times: int) -> Change:
    """The change from embeddings to these ids: (batch, length), repeated."""

    def change(named: dict[str, Any]) -> None:
        embeddings = named.pop("inputs_embeds", None)
        if embeddings is None:
            raise ValueError("forward does not pass inputs_embeds to the model")
        named["input_ids"] = ids.repeat(times, 1).reshape(embeddings.shape[:-1])

    return change


def word_table(model: nn.Module | None) -> nn.Module | None:
    """The word embeddings of a transformer, or None."""
    found: Any = None
    if model is not None and hasattr(model, "get_input_embeddings"):
        try:
            found = cast(Any, model).get_input_embeddings()
        except (NotImplementedError, AttributeError):
            return None
    return found if isinstance(found, nn.Module) and isinstance(getattr(found, "weight", None), Tensor) else None


SPECIAL = ("pad", "mask", "unk", "bos", "eos", "cls", "sep")
"""The names of special tokens in configurations and tokenizers of transformers."""


def special_tokens(named: Any) -> dict[str, int]:
    """The special tokens that a model's configuration, or a tokenizer, names: each id once."""
    named = getattr(named, "config", named)
    found = {name: getattr(named, f"{name}_token_id", None) for name in SPECIAL}
    first = {one: name for name, one in reversed(found.items()) if isinstance(one, int) and one >= 0}
    return {name: one for one, name in reversed(first.items())}


def recovered_ids(model: nn.Module | None, embeddings: Tensor) -> Tensor | None:
    """The token ids of embeddings (batch, length, hidden) that are rows of the word table; None if one is not."""
    table = word_table(model)
    if table is None or embeddings.dim() < 3:
        return None
    weight = cast(Tensor, table.weight).detach()
    rows = embeddings.detach().reshape(-1, embeddings.shape[-1]).to(weight)
    if weight.dim() != 2 or weight.shape[1] != rows.shape[1]:
        return None
    found = []
    for row in rows:
        candidates = (weight[:, 0] == row[0]).nonzero().flatten()
        matching = candidates[(weight[candidates] == row).all(1)]
        if not len(matching):
            return None
        found.append(int(matching[0]))
    return torch.tensor(found).reshape(embeddings.shape[:-1])


@lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return frozenset()
