"""Captum's IntegratedGradients and LayerIntegratedGradients as a subject, in every release.

What a release does not offer yet is not applicable to it, which is neither right nor wrong.
"""

from __future__ import annotations

import inspect
from typing import Any

import captum
from captum import attr
from packaging.version import Version

from reference.violation import NotApplicable

JOINT = Version(captum.__version__) >= Version("0.3")
"""Several layers in one call came with 0.3.0."""


class Captum:
    """The captum that is imported, called as its documentation says."""

    name = "captum"
    distribution = "captum"
    device = "cpu"
    refuses = True
    fills_chunks = True

    def __init__(self) -> None:
        if not hasattr(attr, "LayerIntegratedGradients"):  # 0.1.0
            self.lig = None  # type: ignore[method-assign, assignment]

    def ig(
        self,
        forward: Any,
        inputs: Any,
        baselines: Any = None,
        *,
        multiply_by_inputs: bool | None = None,
        **options: Any,
    ) -> Any:
        method = made(attr.IntegratedGradients, forward, multiply_by_inputs=multiply_by_inputs)
        return method.attribute(inputs, baselines=baselines, **options)

    def lig(
        self,
        forward: Any,
        layer: Any,
        inputs: Any,
        baselines: Any = None,
        *,
        multiply_by_inputs: bool | None = None,
        **options: Any,
    ) -> Any:
        if isinstance(layer, list) and not JOINT:
            raise NotApplicable(f"captum {captum.__version__} takes one layer at a time")
        method = made(attr.LayerIntegratedGradients, forward, layer, multiply_by_inputs=multiply_by_inputs)
        return method.attribute(inputs, baselines=baselines, **options)


def made(kind: Any, *arguments: Any, multiply_by_inputs: bool | None) -> Any:
    """A method of captum's, with its own default where none is given; `multiply_by_inputs` came with 0.3.0."""
    if multiply_by_inputs is None:
        return kind(*arguments)
    if "multiply_by_inputs" in inspect.signature(kind).parameters:
        return kind(*arguments, multiply_by_inputs=multiply_by_inputs)
    if not multiply_by_inputs:
        raise NotApplicable(f"captum {captum.__version__} has no multiply_by_inputs")
    return kind(*arguments)


SUBJECT = Captum
