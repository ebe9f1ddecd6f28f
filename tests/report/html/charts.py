"""The pictures of a report, drawn by matplotlib as SVG inside the page."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping

INK = "#010203"
"""Stands for the colour of the page's text, which is another one in the dark."""

HATCHES = ("", "//", "..", "xx")
"""Bars differ by more than colour."""


def sharpness(decades: Mapping[str, Counter[str]]) -> str:
    """By dtype, the share of comparisons in each decade of budget / largest number compared; empty if there is none."""
    shares = {dtype: counts for dtype, counts in sorted(decades.items()) if counts}
    if not shares:
        return ""
    # Imported here: matplotlib takes a second, and a run without a report draws nothing.
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 2.6), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    width = 0.8 / len(shares)
    for place, (dtype, counts) in enumerate(shares.items()):
        ordered = sorted((int(decade), count) for decade, count in counts.items())
        axes.bar(
            [decade + 0.1 + (place + 0.5) * width for decade, _ in ordered],
            [100 * count / counts.total() for _, count in ordered],
            width,
            label=dtype,
            hatch=HATCHES[place % len(HATCHES)],
            edgecolor=INK,
            linewidth=0.5,
        )
    axes.set_xlabel("budget / largest number compared, power of ten", color=INK)
    axes.set_ylabel("% of comparisons", color=INK)
    axes.tick_params(colors=INK)
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(INK)
    axes.legend(frameon=False, labelcolor=INK)
    return svg(figure)


def svg(figure: object) -> str:
    """The figure as an SVG element without a background, its text kept as text."""
    from matplotlib import rc_context

    written = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "ig-conformance"}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})  # type: ignore[attr-defined]
    text = written.getvalue()
    return text[text.index("<svg") :].replace(INK, "currentColor")
