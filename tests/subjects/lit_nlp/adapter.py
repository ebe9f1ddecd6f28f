"""The component IntegratedGradients of lit-nlp as a subject, with a model wrapped as its documentation shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from lit_nlp.api import model as lit_model
from lit_nlp.api import types
from lit_nlp.components.gradient_maps import IntegratedGradients
from torch import Tensor

from reference.declaration import Declaration


class Wrapped(lit_model.Model):
    """The logit of the class that an example names, with the gradient with respect to the word embeddings."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model, self.tokenizer = model, tokenizer

    def input_spec(self) -> Any:
        return {
            "text": types.TextSegment(),
            "embeddings": types.TokenEmbeddings(required=False, align="tokens"),
            "label": types.CategoryLabel(),
        }

    def output_spec(self) -> Any:
        gradient = {"align": "tokens", "grad_for": "embeddings", "grad_target_field_key": "label"}
        return {
            "tokens": types.Tokens(parent="text"),
            "embeddings": types.TokenEmbeddings(align="tokens"),
            "gradients": types.TokenGradients(**gradient),
        }

    def predict(self, inputs: Any, **options: Any) -> Any:
        return [self._predicted(example) for example in inputs]

    def _predicted(self, example: Any) -> Any:
        text = example["text"] if isinstance(example["text"], tuple) else (example["text"],)
        encoded = dict(self.tokenizer(*text, return_tensors="pt"))
        ids = encoded.pop("input_ids")
        embeddings = self.model.get_input_embeddings()(ids).detach()
        if "embeddings" in example:
            embeddings = torch.as_tensor(example["embeddings"], dtype=embeddings.dtype).unsqueeze(0)
        with torch.enable_grad():
            embeddings.requires_grad_()
            logit = self.model(inputs_embeds=embeddings, **encoded).logits[0, int(example["label"])]
            (gradient,) = torch.autograd.grad(logit, embeddings)
        found = {"embeddings": embeddings.detach()[0].numpy(), "gradients": gradient[0].numpy()}
        return {**found, "tokens": self.tokenizer.convert_ids_to_tokens(ids[0])}


class LitNLP:
    """Scores that are not normalised, as its switch allows; the defaults of all else."""

    name = "lit_nlp"
    distribution = "lit-nlp"
    device = "cpu"
    declares = Declaration(
        source="lit_nlp/components/gradient_maps.py, IntegratedGradients",
        families=("bert", "distilbert"),
        baseline="zero",
        method="riemann_trapezoid",
        n_steps=30,
        pairs=True,
    )

    def scores(
        self, model: Any, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        component = IntegratedGradients(class_key=str(target), normalize=False)
        examples = [{"text": text, "label": str(target)} for text in texts]
        found: Any = component.run(examples, Wrapped(model, tokenizer), None)
        return [torch.as_tensor(np.asarray(one["gradients"].salience)) for one in found]


SUBJECT = LitNLP
