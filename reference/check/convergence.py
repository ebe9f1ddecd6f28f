"""How far the rule is from the integral, and the number of steps that is enough."""

from __future__ import annotations

import time

import torch

from reference.check.field import ChunkedField
from reference.check.integral import NARROWEST, NODES, Integral, integrated, steps_needed
from reference.check.numbers import Value
from reference.check.progress import doing
from reference.check.sides import Side, Sides

MOST_NODES = 20_000
"""The nodes of the converged integral, if the model is fast: each kink of a relu takes some hundred."""

FEWEST_NODES = 150
"""The nodes of the converged integral, however slow the model is."""

SECONDS = 20.0
"""The time for the converged integral, if it takes more than FEWEST_NODES."""


def integral_of(sides: Sides, right: Value, dtype: torch.dtype, accuracy: float) -> Integral:
    """The converged integral, in float32 if its rounding is small against the accuracy."""
    doing("integrating")
    exact, rounded = sides.exact, sides.rounded
    profile = sides.numbers.profile
    apart = (profile(exact.attribution) - profile(rounded.attribution)).abs().amax(1)
    change = (exact.average.end - exact.average.start).double().abs()
    scale = torch.maximum(change, profile(exact.attribution).abs().amax(1))
    single = rounded.dtype == torch.float32 and dtype != torch.float64
    single = single and bool((right.budget(torch.float32) <= accuracy / 4 * scale).all())
    eps = torch.finfo(torch.float32 if single else torch.float64).eps
    noise = 32 * eps / torch.finfo(torch.float32).eps * apart + 4 * eps * right.magnitude
    side = rounded if single else exact
    return integrated(side.path, profile, accuracy, node_limit(side, SECONDS), noise)


def node_limit(side: Side, seconds: float, fewest: int = FEWEST_NODES) -> int:
    """How many nodes fit into that time, on a machine that does nothing else, within fixed limits."""
    x = side.path.x
    steps = max(1, side.path.field.rows_at_once(x) // len(x)) if isinstance(side.path.field, ChunkedField) else 1
    steps = min(steps, len(NODES))
    points = torch.cat([x] * steps)
    started = time.process_time()
    side.path.field.with_gradient(points)
    each = (time.process_time() - started) / torch.get_num_threads() / steps
    return int(min(MOST_NODES, max(fewest, seconds / max(each, 1e-9))))


def steps_in_words(integral: Integral | None, method: str, accuracy: float | None) -> tuple[int | None, str]:
    """The number of steps that reaches the accuracy, and the same in words."""
    if integral is None or accuracy is None:
        return None, ""
    if not integral.converged:
        if integral.jump:
            return None, f"none up to {1 / NARROWEST:.0f}: F jumps at α ≈ {integral.trouble:.3g}"
        return None, f"not converged up to {integral.nodes} nodes: the largest error is near α ≈ {integral.trouble:.3g}"
    found = steps_needed(integral, method, accuracy)
    if found is None:
        return None, f"none up to 1000 with {method}"
    steps = "1 step" if found == 1 else f"{found} steps"
    return found, f"{steps} of {method} {'gives' if found == 1 else 'give'} an accuracy of {accuracy:g}"


def missed(integral: Integral, side: Side, accuracy: float) -> tuple[float, bool]:
    """How far the rule's sum in float64 lies from the integral, as a share of its largest score; whether this is known.

    An integral that did not converge is known to its error.

    Convergence is a matter of the rule in exact arithmetic: what half precision rounds away are no missing steps.
    """
    profile = side.numbers.profile(side.attribution)
    off = torch.maximum((profile - integral.scores).abs().amax(1), (profile.sum(1) - integral.change).abs())
    share = float(torch.where(off == 0, 0.0, off / integral.scale).max())
    uncertain = float((integral.error / integral.scale.clamp(min=torch.finfo(torch.float64).tiny)).max())
    return share, integral.converged or share > accuracy + uncertain
