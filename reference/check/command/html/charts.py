"""The pictures of the page: F along the path, the convergence of the rules, the bend of the path."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from reference.check.command.columns import Column
from reference.check.command.html.bend import Bend
from reference.check.integral import NODES, Integral, Piece, cached_rule
from reference.html.svg import INK, figure, inked, svg
from reference.oracle.quadrature import METHODS, fewest_nodes

STEPS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 50, 64, 100, 150, 200, 300, 500, 800)
"""The numbers of steps in the picture of convergence."""

MARKERS = ("o", "s", "^", "D", "v")
"""Lines differ by more than colour."""

COLOURS = ("#1f77b4", "#d1600a", "#2c8a2c", "#c03a3a", "#8a5fb5")

TENTHS = 10
"""The pieces of α whose share of the change is shown."""


def along_the_path(integral: Integral) -> str:
    """F at α, and the share of the change in each tenth of the path."""
    start, change = float(integral.values[0.0][0]), float(integral.change[0])
    alphas = np.unique(np.concatenate([_alphas(integral), np.linspace(0, 1, 201)]))
    drawn = figure(5.2, 3.8)
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    above.plot(alphas, [value_at(integral, alpha) for alpha in alphas], color=INK)
    above.set_ylabel("F")
    edges = np.linspace(0, 1, TENTHS + 1)
    values = [value_at(integral, edge) for edge in edges]
    if change:
        shares = 100 * np.diff(values) / change
        below.bar(edges[:-1], shares, 1 / TENTHS, align="edge", color="none", edgecolor=INK, hatch="//")
    below.axhline(0, color=INK, linewidth=0.5)
    below.set_ylabel("% of the change")
    below.set_xlabel(f"α: from the baseline (0), F = {start:.4g}, to the text (1), F = {start + change:.4g}")
    for axes in (above, below):
        inked(axes)
    return svg(drawn)


def _alphas(integral: Integral) -> np.ndarray:
    """Where a piece of the integral begins or ends, or has a node."""
    ends = np.array(sorted(integral.values))
    inside = [piece.low + (piece.high - piece.low) * (1 + NODES) / 2 for piece in integral.pieces]
    return np.concatenate([ends, *inside])


def value_at(integral: Integral, alpha: float) -> float:
    """F on the path at α: known at the ends of each piece, and integrated from its slope inside of a piece."""
    if alpha in integral.values:
        return float(integral.values[alpha][0])
    lows = [piece.low for piece in integral.pieces]
    piece = integral.pieces[bisect_right(lows, alpha) - 1]
    half = (piece.high - piece.low) / 2
    slope = np.polynomial.legendre.legfit(NODES, piece.profile[:, 0].sum(-1).numpy(), len(NODES) - 1)
    rising = np.polynomial.legendre.legint(slope, lbnd=-1)
    begin, end = (float(integral.values[edge][0]) for edge in (piece.low, piece.high))
    here = float(np.polynomial.legendre.legval((alpha - piece.low) / half - 1, rising)) * half
    off = end - begin - float(np.polynomial.legendre.legval(1.0, rising)) * half
    return begin + here + off * (alpha - piece.low) / (2 * half)


def steepest(integral: Integral) -> str:
    """In words: the piece of the path on which F changes most for its length."""
    change = float(integral.change[0])
    if not change:
        return "F is the same at both ends."

    def share(piece: Piece) -> float:
        return float(integral.values[piece.high][0] - integral.values[piece.low][0]) / change

    piece = max(integral.pieces, key=lambda one: abs(share(one)) / (one.high - one.low))
    return (
        f"Steepest between α = {piece.low:.5g} and {piece.high:.5g}: {piece.high - piece.low:.2%} of the path carries "
        f"{share(piece):.1%} of the change."
    )


def convergence(column: Column, accuracy: float, n_steps: int) -> str:
    """How far each rule is from the integral, by the number of steps."""
    drawn = figure(5.2, 3.8)
    axes = drawn.add_subplot()
    integral = column.integral
    known = max(float((integral.error / integral.scale).max()), SMALLEST)
    for method, marker, colour in zip(METHODS, MARKERS, COLOURS, strict=True):
        steps = [n for n in STEPS if n >= fewest_nodes(method)]
        missed = [max(float(integral.misses(cached_rule(method, n)).max()), known) for n in steps]
        name = method.removeprefix("riemann_")
        axes.loglog(steps, missed, marker=marker, markersize=4, linewidth=1, color=colour, label=name)
        if name in ORDERS and missed[-1] > known:
            theory = [missed[-1] * (steps[-1] / n) ** ORDERS[name] for n in steps]
            axes.loglog(steps, theory, color=INK, linewidth=0.5, linestyle=(0, (1, 3)))
    axes.axhline(known, color=INK, linestyle=":", linewidth=1)
    axes.axhline(accuracy, color=INK, linestyle="--", linewidth=1)
    axes.axvline(n_steps, color=INK, linestyle="-.", linewidth=1)
    axes.set_ylim(min(known, accuracy) / 3, 10)
    axes.annotate(f"accuracy {accuracy:g}", (STEPS[0], accuracy), color=INK, fontsize=8, va="bottom")
    at_bottom = (n_steps, min(known, accuracy) / 2)
    axes.annotate(f"{n_steps} steps", at_bottom, (3, 0), "data", "offset points", color=INK, fontsize=8)
    axes.set_xlabel("n_steps")
    axes.set_ylabel("error / largest score")
    inked(axes)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8, ncols=3, loc="upper right")
    return svg(drawn)


SMALLEST = 1e-12
"""The smallest error that is drawn."""

ORDERS = {"left": 1, "middle": 2}
"""The order of convergence of a rule on a smooth integrand that is not periodic; right is like left, trapezoid like
middle.
"""


def plane(bend: Bend) -> str:
    """The straight line and the curve, in the plane of the largest bend."""
    drawn = figure(5.2, 2.8)
    axes = drawn.add_subplot()
    along, across = bend.along, bend.across
    axes.plot([along[0], along[-1]], [0, 0], color=INK, linestyle="--", linewidth=1, label="LIG at the embeddings")
    axes.plot(along, across, color=COLOURS[0], marker="o", markersize=3, linewidth=1, label="IG on inputs_embeds")
    for place, name in ((0, "baseline"), (-1, "text")):
        axes.annotate(name, (along[place], across[place]), (0, -12), "data", "offset points", color=INK, fontsize=8)
    axes.set_xlabel("along the straight line")
    axes.set_ylabel("across")
    axes.margins(0.1, 0.25)
    inked(axes)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8)
    return svg(drawn)
