"""Captum's IntegratedGradients and LayerIntegratedGradients as a subject, in every release.

What a release does not offer yet is not applicable to it, which is neither right nor wrong.
"""

from __future__ import annotations

from typing import Any

import captum
from captum import attr
from packaging.version import Version

LACKS = ("layers", "multiply_by_inputs") if Version(captum.__version__) < Version("0.3") else ()
"""Several layers in one call, and `multiply_by_inputs`, came with 0.3.0."""


class Captum:
    """The captum that is imported, called as its documentation says."""

    name = "captum"
    distribution = "captum"
    device = "cpu"
    refuses = True
    fills_chunks = True
    lacks = LACKS

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
        method = made(attr.LayerIntegratedGradients, forward, layer, multiply_by_inputs=multiply_by_inputs)
        return method.attribute(inputs, baselines=baselines, **options)


def made(kind: Any, *arguments: Any, multiply_by_inputs: bool | None) -> Any:
    """A method of captum's, with its own default if none is given."""
    if multiply_by_inputs is None or "multiply_by_inputs" in LACKS:
        return kind(*arguments)
    return kind(*arguments, multiply_by_inputs=multiply_by_inputs)


SUBJECT = Captum
