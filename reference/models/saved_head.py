"""Trained weights with a head, from a folder of an installed package that is not imported; the data are token ids.

Nothing is downloaded, and a pickle is read with `weights_only=True`. The weights are float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem
from reference.models.build import built_problem
from reference.models.family import Family, layers_in_order
from reference.problem import Tokens
from reference.short_repr import ShortRepr


@dataclass(frozen=True, kw_only=True, repr=False)
class TrainedHead(ShortRepr):
    """A trained model of a family, with a head; `labels` is needed if the head is a classifier."""

    package: str
    inside: str
    architecture: str
    head: str = "sequence"
    labels: int = 2
    attention: str = "eager"

    @property
    def family(self) -> Family:
        """The family of the model."""
        from reference.models.families import FAMILIES  # here: that module imports all files of this package

        return FAMILIES[self.architecture]

    def folder(self) -> Path:
        """Where config, weights and vocabulary lie. Raises ModuleNotFoundError if the package is not installed."""
        found = find_spec(self.package)
        if found is None or not found.submodule_search_locations:
            raise ModuleNotFoundError(f"the package {self.package} is not installed")
        return Path(found.submodule_search_locations[0]) / self.inside

    def ids(self, tokens: str) -> tuple[int, ...]:
        """The ids of tokens, which blanks separate."""
        vocabulary = _vocabulary(self.folder() / "vocab.txt")
        return tuple(vocabulary[token] for token in tokens.split())

    def build(self, data: Tokens, dtype: torch.dtype, device: str = "cpu") -> BuiltProblem:
        """Both entries, and the layers.

        Raises   NotApplicable if the installed transformers has no such model; ValueError if weights are missing
        """
        family, head = self.family, self.family.heads[self.head]
        family.check_attention(self.attention)
        model: Any = _model(self).to(device, dtype)
        parts = family.parts(family.prefix(self.head), model.config.num_hidden_layers)
        given = dict.fromkeys(family.arguments)

        def run(**arguments: Any) -> Tensor:
            output: Tensor = getattr(model(**arguments), head.output)
            return output

        ids, baseline = (torch.tensor(rows, device=device) for rows in (data.ids, data.baseline))
        return built_problem(
            model,
            run,
            parts.tables[0].module(model),
            ids,
            baseline,
            given,
            layers_in_order=(parts.tables[0], *layers_in_order(parts)),
            prefix=family.prefix(self.head),
            output_dims=3 if self.head == "masked" else 2,
            parts=parts,
            reads=head.reads,
            embed=lambda words: family.embed(family.bare(model), words, given),
        )


def _model(spec: TrainedHead) -> nn.Module:
    """In eval mode and float32, on CPU. Global random state is left as it was."""
    import transformers

    family, folder = spec.family, spec.folder()
    config = getattr(transformers, family.config_class).from_json_file(folder / "config.json")
    config.num_labels = spec.labels
    config._attn_implementation = spec.attention
    with torch.random.fork_rng(devices=[]):
        model: nn.Module = getattr(transformers, family.heads[spec.head].model_class)(config)
    weights = torch.load(folder / "pytorch_model.bin", map_location="cpu", weights_only=True)
    if missing := model.load_state_dict(weights, strict=False).missing_keys:
        raise ValueError(f"{folder} lacks {', '.join(missing)}")
    return model.float().eval()


@cache
def _vocabulary(file: Path) -> dict[str, int]:
    return {token: id for id, token in enumerate(file.read_text(encoding="utf-8").splitlines())}
