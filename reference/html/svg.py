"""Pictures of matplotlib as SVG inside a page: they take the colour of its text, in the light and in the dark."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import Any

INK = "#010203"
"""Stands for the colour of the page's text, which is another one in the dark."""


def missing() -> tuple[str, ...]:
    """The packages that a page needs, and that are not installed."""
    return tuple(package for package in ("jinja2", "matplotlib") if find_spec(package) is None)


def figure(width: float, height: float) -> Any:
    """An empty figure of that size in inches."""
    # Imported here: matplotlib takes a second, and a run without a page draws nothing.
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(made)
    return made


def inked(axes: Any) -> None:
    """The axes in the page's colour, without a frame."""
    axes.tick_params(colors=INK, which="both")
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(INK)


def svg(drawn: Any) -> str:
    """The figure as an SVG element without a background, its text kept as text."""
    from matplotlib import rc_context

    written = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "ig-conformance"}):
        drawn.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    text = written.getvalue()
    return text[text.index("<svg") :].replace(INK, "currentColor")
