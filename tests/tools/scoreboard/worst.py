"""worst.json: by subject, law and dtype the largest error over budget that was ever seen, and its problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Worst = dict[str, dict[str, dict[str, dict[str, Any]]]]


def merged(old: Worst, verdicts: Iterable[Mapping[str, Any]]) -> Worst:
    """The largest of the old ones and of those in the verdicts, in the order of their names.

    An entry has `used` (error / budget), `problem`, `versions` and `date`.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = {
        (subject, law, dtype): entry
        for subject, laws in old.items()
        for law, dtypes in laws.items()
        for dtype, entry in dtypes.items()
    }
    for verdict in verdicts:
        for law in verdict["laws"]:
            for dtype, nearest in law.get("nearest", {}).items():
                key = (verdict["subject"], law["law"], dtype)
                if nearest["used"] > found.get(key, {"used": 0.0})["used"]:
                    found[key] = {**nearest, "versions": verdict["versions"], "date": verdict.get("date", "")}
    sorted_out: Worst = {}
    for subject, law, dtype in sorted(found):
        sorted_out.setdefault(subject, {}).setdefault(law, {})[dtype] = found[subject, law, dtype]
    return sorted_out
