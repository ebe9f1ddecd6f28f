"""The pictures of a report, drawn by matplotlib as SVG inside the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from reference.html.svg import INK, figure, inked, svg

HATCHES = ("", "//", "..", "xx")
"""Bars differ by more than colour."""


def sharpness(decades: Mapping[str, Counter[str]]) -> str:
    """By dtype, the share of comparisons in each decade of budget / largest number compared; empty if there is none."""
    shares = {dtype: counts for dtype, counts in sorted(decades.items()) if counts}
    if not shares:
        return ""
    drawn = figure(7, 2.6)
    axes = drawn.add_subplot()
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
    axes.set_xlabel("budget / largest number compared, power of ten")
    axes.set_ylabel("% of comparisons")
    inked(axes)
    axes.legend(frameon=False, labelcolor=INK)
    return svg(drawn)
