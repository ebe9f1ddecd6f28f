"""Hypothesis profiles with explicit parents: on CI the current profile is derandomized, and has no database."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

from tests.plugin.examples import examples

WITHOUT_TARGET = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
"""Without targeted search: of fifty problems, it would spend half near the worst one."""


def nightly() -> bool:
    """Whether the current profile draws as many problems as `nightly`."""
    return settings().max_examples >= settings.get_profile("nightly").max_examples


def register(subject: str = "captum", device: str = "cpu") -> None:
    """Register dev (50 random problems), pr (50, half of them fixed), smoke (5, all fixed), nightly (2,000 random).

    Load pr if CI is set, and dev if not. dev and nightly store failing examples, separately for each subject.

    Raises   BadExamples; InvalidArgument for an unknown HYPOTHESIS_PROFILE
    """
    default, kept = settings.get_profile("default"), examples(subject, device)
    common = settings(
        parent=default,
        deadline=None,
        print_blob=False,
        # The first problem builds a model and may import half of transformers, so a slow example is not a fault.
        # Some laws apply to few of their problems; the verdict counts them.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    settings.register_profile(
        "dev", parent=common, max_examples=50, derandomize=False, database=kept, phases=WITHOUT_TARGET
    )
    settings.register_profile(
        "pr", parent=common, max_examples=50, derandomize=True, database=None, phases=WITHOUT_TARGET
    )
    settings.register_profile(
        "smoke", parent=common, max_examples=5, derandomize=True, database=None, phases=WITHOUT_TARGET
    )
    settings.register_profile("nightly", parent=common, max_examples=2000, derandomize=False, database=kept)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("pr" if os.environ.get("CI") else "dev"))
