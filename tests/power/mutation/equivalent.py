"""Mutants that no law can see, judged by reading them: file, lines before, lines after, under the reason why."""

from __future__ import annotations

import json
from pathlib import Path

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (file, before, after): reason
    for reason, mutants in json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")).items()
    for file, before, after in mutants
}
