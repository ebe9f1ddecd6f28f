"""Trained weights and real text: a sentence encoder, and how close a text comes to another one.

F is the cosine between the mean-pooled embeddings of both texts: a scalar per example, so a call's target is None.
The weights are float32, and the other text's embedding is rounded to it: the float32 and the float64 model are the
same function. Nothing is downloaded: the files lie in a folder, or in an installed package.
"""

from __future__ import annotations

import importlib.resources
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem
from reference.models.build import built_problem
from reference.models.family import Family, layers_in_order
from reference.models.variants import VARIANTS
from reference.short_repr import ShortRepr


@dataclass(frozen=True, kw_only=True, repr=False)
class Text(ShortRepr):
    """A text to explain, the text it is compared with, and the token ("pad" or "mask") that the baseline repeats.

    CLS and SEP are the same at both ends; positions are left to the model.
    """

    text: str
    other: str
    baseline: str = "pad"

    @property
    def batch(self) -> int:
        return 1

    @property
    def positions(self) -> None:
        return None


@dataclass(frozen=True, kw_only=True, repr=False)
class Encoder(ShortRepr, ABC):
    """A trained bare model with its tokenizer; each subclass says which folder they are read from."""

    attention: str = "eager"
    variant: str = "unmodified"

    @abstractmethod
    def folder(self) -> Path:
        """Where config, weights and tokenizer lie."""

    def build(self, data: Text, dtype: torch.dtype, device: str = "cpu") -> BuiltProblem:
        """Both entries (ids, embeddings) and the places where layer attributions are taken.

        Shapes   inputs (1, length), (1, length, hidden); additional arguments: mask and types (1, length), None
        Raises   ModuleNotFoundError, FileNotFoundError where there is no such model; ValueError for an unknown baseline
        """
        folder = self.folder()
        if not (folder / "config.json").is_file():
            raise FileNotFoundError(f"no saved model: there is no {folder / 'config.json'}")
        other = _other(folder, data.other).to(device, dtype)
        family, model = _model(folder, self.attention)
        VARIANTS[self.variant](family, model)
        model.to(device, dtype)

        def closeness(**given: Tensor | None) -> Tensor:
            return torch.cosine_similarity(_pooled(model, **given), other)

        tokenizer = _tokenizer(folder)
        encoded = tokenizer(data.text, return_tensors="pt").to(device)
        ids, arguments = encoded.input_ids, {name: encoded.get(name) for name in family.arguments}
        parts = family.parts("", len(list(model.get_submodule(family.layers).children())))
        return built_problem(
            model,
            closeness,
            parts.tables[0].module(model),
            ids,
            _baseline(data.baseline, ids, tokenizer),
            arguments,
            layers_in_order=(parts.tables[0], *layers_in_order(parts)),
            output_dims=1,
            parts=parts,
            embed=lambda words: family.embed(model, words, arguments),
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class Directory(Encoder):
    """The encoder in the folder `path`, as `save_pretrained` writes it."""

    path: str

    def folder(self) -> Path:
        return Path(self.path)


@dataclass(frozen=True, kw_only=True, repr=False)
class Trained(Encoder):
    """The encoder in the folder `inside` an installed package: a counterexample names no path of a machine."""

    package: str
    inside: str = "model"

    def folder(self) -> Path:
        return Path(str(importlib.resources.files(self.package).joinpath(self.inside)))


def _model(folder: Path, attention: str) -> tuple[Family, nn.Module]:
    """The model as it was saved, in eval mode on CPU. Global random state is left as it was.

    Raises   NotApplicable if the installed transformers has no such attention for its family; ValueError if its
             architecture is not one of the families
    """
    import transformers

    from reference.models.families import FAMILIES

    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    if config.model_type not in FAMILIES:
        raise ValueError(f"{folder} holds a {config.model_type!r}: choose one of {', '.join(FAMILIES)}")
    family = FAMILIES[config.model_type]
    family.check_attention(attention)
    config._attn_implementation = attention
    kind = getattr(transformers, family.heads["hidden"].model_class)
    with torch.random.fork_rng(devices=[]):
        model: nn.Module = kind.from_pretrained(folder, config=config, local_files_only=True)
    return family, model.float().eval()


@cache
def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


@cache
def _other(folder: Path, text: str) -> Tensor:
    """The embedding of the text that all others are compared with, (1, hidden): computed in float64, then float32."""
    encoded = _tokenizer(folder)(text, return_tensors="pt")
    family, model = _model(folder, "eager")
    given = {name: encoded.get(name) for name in ("input_ids", *family.arguments)}
    with torch.no_grad():
        embedding = _pooled(model.double(), **given)
    return embedding.float()


def _pooled(model: nn.Module, **given: Any) -> Tensor:
    """The mean of the last hidden states of unmasked tokens: (batch, hidden).

    Source   Reimers and Gurevych 2019, section 3, https://arxiv.org/abs/1908.10084
    """
    hidden: Tensor = model(**given).last_hidden_state
    seen = given["attention_mask"].unsqueeze(-1).to(hidden)
    mean: Tensor = (hidden * seen).sum(1) / seen.sum(1)
    return mean


def _baseline(token: str, ids: Tensor, tokenizer: Any) -> Tensor:
    """`ids` with the named special token everywhere but at CLS and SEP."""
    blanks = {"pad": tokenizer.pad_token_id, "mask": tokenizer.mask_token_id}
    if token not in blanks:
        raise ValueError(f"unknown baseline {token!r}: choose one of {', '.join(blanks)}")
    kept = (ids == tokenizer.cls_token_id) | (ids == tokenizer.sep_token_id)
    return torch.where(kept, ids, torch.full_like(ids, blanks[token]))
