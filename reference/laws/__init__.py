"""The laws, one file or one folder per group. Importing this package registers all of them."""

import importlib
import pkgutil

from reference.laws.law import GROUPS, LAWS, Law, laws_of

__all__ = ["GROUPS", "LAWS", "Law", "laws_of"]

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
