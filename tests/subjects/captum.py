"""Captum's IntegratedGradients and LayerIntegratedGradients as a subject."""

from __future__ import annotations

from typing import Any

from captum.attr import IntegratedGradients, LayerIntegratedGradients


class Captum:
    """The installed captum, called as its documentation says."""

    name = "captum"
    device = "cpu"
    refuses = True

    def ig(
        self, forward: Any, inputs: Any, baselines: Any = None, *, multiply_by_inputs: bool = True, **options: Any
    ) -> Any:
        method = IntegratedGradients(forward, multiply_by_inputs=multiply_by_inputs)
        return method.attribute(inputs, baselines=baselines, **options)

    def lig(
        self,
        forward: Any,
        layer: Any,
        inputs: Any,
        baselines: Any = None,
        *,
        multiply_by_inputs: bool = True,
        **options: Any,
    ) -> Any:
        method = LayerIntegratedGradients(forward, layer, multiply_by_inputs=multiply_by_inputs)
        return method.attribute(inputs, baselines=baselines, **options)
