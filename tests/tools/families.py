"""Families × laws: `python -m tests.tools.families` prints each family, and why which laws do not apply."""

from __future__ import annotations

from collections.abc import Iterator

from reference.laws import LAWS
from reference.models.families import FAMILIES
from reference.models.family import Family
from reference.models.variants import VARIANTS
from strategies.domain import applies


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


if __name__ == "__main__":
    print("\n".join(lines()).rstrip())
