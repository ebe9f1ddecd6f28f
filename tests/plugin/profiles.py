"""Hypothesis profiles with explicit parents: on CI an ambient one would be derandomized, without a database."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

from tests.plugin.examples import examples

WITHOUT_TARGET = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
"""Fifty problems are too few to climb: half of them would go to neighbours of the worst."""


def register(subject: str = "captum", device: str = "cpu") -> None:
    """dev explores at random, pr replays the same problems, smoke a tenth of them, nightly explores far.

    pr is loaded if CI is set, dev otherwise. The failing examples of dev and nightly are kept, each subject's apart.

    Raises   BadExamples; InvalidArgument for an unknown HYPOTHESIS_PROFILE
    """
    default, kept = settings.get_profile("default"), examples(subject, device)
    common = settings(
        parent=default,
        deadline=None,
        print_blob=False,
        # A first problem builds a model and may import half of transformers: slow is no sign of a fault here.
        # Known defects take problems out, some most of a law's: the verdict counts them.
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
