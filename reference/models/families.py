"""All families, by name: each is the `FAMILY` of a file in this folder."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from reference.models.family import Family
from reference.models.tiny import TinyTransformer

_MODULES = [
    importlib.import_module(f"{__package__}.{found.name}")
    for found in pkgutil.iter_modules([str(Path(__file__).parent)])
]

FAMILIES: dict[str, Family] = {
    module.FAMILY.name: module.FAMILY for module in _MODULES if isinstance(getattr(module, "FAMILY", None), Family)
}

SPECS: dict[str, type[TinyTransformer]] = {spec.family.name: spec for spec in TinyTransformer.__subclasses__()}
"""The spec of random models of each family."""
