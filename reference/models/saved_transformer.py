"""The user's own model in a folder, as the model of a problem: its family, head and sizes are those of its config."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from reference.models.directory import CannotLoad, Loaded, load, longest_text
from reference.models.family import MAX_LENGTH, Family
from reference.models.replica import replica
from reference.models.transformer import Transformer


@dataclass(frozen=True, kw_only=True, repr=False)
class SavedTransformer(Transformer):
    """The model in the folder `path`. `attention` is the one that transformers chooses, unless another is named."""

    path: str
    allow_pickle: bool = False
    attention: str | None = None
    variant: str = "unmodified"

    @property
    def family(self) -> Family:  # type: ignore[override]
        """The family of the model, with the special tokens of the model."""
        return _family(self.path, self.allow_pickle)

    @property
    def head(self) -> str:  # type: ignore[override]
        """The name of the head.

        Raises   CannotLoad if the family is not described, or has no such head
        """
        name = type(_loaded(self.path, self.allow_pickle).model).__name__
        found = [head for head, described in self.family.heads.items() if described.model_class == name]
        if not found:
            known = ", ".join(dict.fromkeys(head.model_class for head in self.family.heads.values()))
            raise CannotLoad(f"{self.path} holds a {name}: the laws know {known}")
        return "hidden" if "hidden" in found else found[0]

    @property
    def vocab(self) -> int:  # type: ignore[override]
        return int(self._config.vocab_size)

    @property
    def hidden(self) -> int:
        return self._setting("hidden")

    @property
    def heads(self) -> int:  # type: ignore[override]
        return self._setting("heads")

    @property
    def layers(self) -> int:  # type: ignore[override]
        return self._setting("layers")

    @property
    def labels(self) -> int:
        return int(self._config.num_labels)

    @property
    def types(self) -> int:  # type: ignore[override]
        return self._setting("types") if "types" in self.family.settings else 1

    @property
    def longest(self) -> int:
        """The most tokens of a text, by the model's table of positions."""
        return longest_text(self._config) or MAX_LENGTH

    @property
    def _config(self) -> Any:
        return _loaded(self.path, self.allow_pickle).config

    def _setting(self, field: str) -> int:
        return int(getattr(self._config, self.family.settings[field][0]))

    def model(self, dtype: torch.dtype, device: str = "cpu") -> nn.Module:
        """A model of its own, in eval mode."""
        made: Any = replica(_loaded(self.path, self.allow_pickle).model, dtype)
        if self.attention is not None:
            made.set_attn_implementation(self.attention)
        found: nn.Module = made.to(device)
        return found


@lru_cache(maxsize=2)
def _loaded(path: str, allow_pickle: bool) -> Loaded:
    found = load(path, allow_pickle=allow_pickle, with_tokenizer=False)
    if found.config.pad_token_id is None:
        # A classifier of a decoder refuses a batch without it.
        found.config.pad_token_id = 0
    return found


@lru_cache(maxsize=2)
def _family(path: str, allow_pickle: bool) -> Family:
    from reference.models.families import FAMILIES  # that module imports this one

    config = _loaded(path, allow_pickle).config
    if config.model_type not in FAMILIES:
        raise CannotLoad(f"{path} holds a {config.model_type!r}: the laws know {', '.join(FAMILIES)}")
    family = FAMILIES[config.model_type]
    special = {"pad": config.pad_token_id, "cls": config.bos_token_id, "sep": config.eos_token_id}
    known: dict[str, Any] = {name: one for name, one in special.items() if isinstance(one, int)}
    return replace(family, **known)
