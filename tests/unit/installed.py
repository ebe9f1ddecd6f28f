"""What the installed torch and transformers have: a test of something else is skipped, with the reason in one line."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from reference.laws import Law
from reference.models.bert import FAMILY as BERT
from strategies.domain import applies


def skip_if(missing: str | None) -> None:
    """Skip the test, if there is a reason: that of a family (`Family.missing`), of a law, or the test's own."""
    if missing:
        pytest.skip(f"not applicable: {missing}")


def skip_unless_applies(law: Law) -> None:
    """Skip the test if the installed libraries have no problem of this law."""
    skip_if(applies(law, BERT))


def that_apply(laws: Iterable[Law]) -> list[Law]:
    """The laws of which the installed libraries have problems."""
    return [law for law in laws if not applies(law, BERT)]
