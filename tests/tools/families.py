"""Families × laws: `python -m tests.tools.families` prints each family, and why which laws do not apply.

With a folder of verdicts, verdict-FAMILY.json, it writes the table of reference/models/README.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from reference.laws import LAWS
from reference.models.families import FAMILIES
from reference.models.family import Family
from reference.models.variants import VARIANTS
from strategies.domain import applies
from tests.tools.applicability import families, table
from tests.tools.recipe.page import PAGE, kept


def described(family: Family) -> Iterator[tuple[str, str]]:
    """The declarations of the family, each with a name."""
    yield "arguments", ", ".join(family.arguments)
    yield "heads", ", ".join(family.heads)
    yield "heads with a kink of their own", _listed(name for name in family.heads if name not in family.smooth_heads)
    yield "embedding tables", ", ".join(table.rpartition(".")[2] for table in family.tables)
    yield "token types", "yes" if family.token_types else "no"
    yield "pooler", family.pooler or "no"
    yield "attention", ", ".join(family.attentions)
    yield "second path", family.second_path
    yield "NumPy twin", family.numpy_twin or "no"
    yield "variants that it cannot have", _listed(name for name, variant in VARIANTS.items() if variant.lacking(family))


def lines() -> Iterator[str]:
    """The families, then a table: a row for each family, and one for each law that does not apply to it."""
    for family in FAMILIES.values():
        yield f"## {family.name}"
        yield ""
        if family.missing:
            yield from (f"not applicable: {family.missing}", "")
            continue
        yield from (f"- {name}: {value}" for name, value in described(family))
        reasons = {law.name: reason for law in LAWS.values() if (reason := applies(law, family))}
        yield f"- laws that apply: {len(LAWS) - len(reasons)} of {len(LAWS)}"
        yield from (f"- `{law}` does not apply: {reason}" for law, reason in reasons.items())
        yield ""


def _listed(names: Iterator[str]) -> str:
    return ", ".join(names) or "none"


def write(folder: Path) -> None:
    """Put the table of the verdicts in the folder into the page.

    Raises   FileNotFoundError for a family without a verdict
    """
    verdicts = {
        family.name: json.loads((folder / f"verdict-{family.name}.json").read_text(encoding="utf-8"))
        for family in families()
    }
    old = "\n".join(kept("families and laws"))
    new = "\n".join(("<!-- families and laws -->", *table(verdicts), "<!-- /families and laws -->"))
    PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
    else:
        print("\n".join(lines()).rstrip())
