"""GradientExplainer of shap as a subject: of a layer, "the shap values will be for the input of the layer argument"."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.subjects.by_embeddings import ByEmbeddings
from tests.subjects.shap_gradient.adapter import ShapGradient

ENCODERS = {"bert": "bert.encoder", "distilbert": "distilbert.transformer"}


class ShapGradientLayer(ShapGradient):
    """The second form of the explainer: a model and a layer, here the encoder, whose input are the embeddings."""

    name = "shap_gradient_layer"
    distribution = "shap"
    declares = replace(ShapGradient.declares, at="embeddings")

    def explained(self, F: ByEmbeddings) -> Any:
        config: Any = F.model.config
        return F, F.model.get_submodule(ENCODERS[config.model_type])


SUBJECT = ShapGradientLayer
