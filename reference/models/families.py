"""All families, by name: each is the `FAMILY` of a file in this folder."""

from __future__ import annotations

import importlib
import pkgutil

from reference.models import __path__ as folders
from reference.models.family import Family
from reference.models.tiny import TinyTransformer, every_spec

_MODULES = [importlib.import_module(f"{__package__}.{found.name}") for found in pkgutil.iter_modules(folders)]

FAMILIES: dict[str, Family] = {
    module.FAMILY.name: module.FAMILY for module in _MODULES if isinstance(getattr(module, "FAMILY", None), Family)
}

SPECS: dict[str, type[TinyTransformer]] = {spec.family.name: spec for spec in every_spec()}
"""The spec of random models of each family."""
