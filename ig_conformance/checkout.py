"""The names of the wheel in a checkout, where the floors are the folders beside this one. Not in the wheel.

`ig_conformance.reference.problem` is the module `reference.problem` itself, not a copy: a class imported by either name
is one class, and a law is registered once.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

PACKAGE = "ig_conformance"
FLOORS = ("reference", "strategies", "tests")


class Alias(MetaPathFinder, Loader):
    """Finds the modules of the three floors under the name of the package."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, own = fullname.partition(".")
        if root == PACKAGE and own.partition(".")[0] in FLOORS:
            return ModuleSpec(fullname, self)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Replace the new, empty module in sys.modules by the floor's own module, which importlib then returns.

        The submodules that are already imported get their second name too. Without this, a later import of a submodule
        would set an attribute of the module, and `strategies.problems` is a function and the name of a submodule.
        """
        own = module.__name__.partition(".")[2]
        sys.modules[module.__name__] = import_module(own)
        below = {name: found for name, found in sys.modules.items() if name.startswith(f"{own}.")}
        sys.modules.update({f"{PACKAGE}.{name}": found for name, found in below.items()})


# First in the list, because Python's own finder would load the files of the floors again, by their `__path__`.
sys.meta_path.insert(0, Alias())
