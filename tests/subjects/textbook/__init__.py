"""Integrated Gradients and Layer Integrated Gradients as a textbook has them: plain, and correct in every law."""

from __future__ import annotations

from . import integrated_gradients, layers, patching, scores

__all__ = ["Textbook"]


class Textbook:
    """The subject `textbook`: the example to copy, and the host on which faults are planted."""

    name = "textbook"
    refuses = True
    fills_chunks = True
    ig = staticmethod(integrated_gradients.integrated_gradients)
    lig = staticmethod(layers.layer_integrated_gradients)
    declares = scores.DECLARES
    scores = staticmethod(scores.scores)
    paths = patching.PATHS
    nodes = staticmethod(patching.nodes)
    edges = staticmethod(patching.edges)

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
