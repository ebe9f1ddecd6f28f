"""GradientExplainer of shap as a subject: of a layer, "the shap values will be for the input of the layer argument"."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from tests.subjects.shap_gradient.adapter import ByEmbeddings, ShapGradient

ENCODERS = {"bert": "bert.encoder", "distilbert": "distilbert.transformer"}


class ShapGradientLayer(ShapGradient):
    """The second form of the explainer: a model and a layer, here the encoder, whose input are the embeddings."""

    name = "shap_gradient_layer"
    declares = replace(ShapGradient.declares, at="embeddings")

    def explained(self, model: nn.Module, given: dict[str, Tensor]) -> Any:
        layer = model.get_submodule(ENCODERS[model.config.model_type])  # type: ignore[union-attr,index]
        return ByEmbeddings(model, given), layer


SUBJECT = ShapGradientLayer
