"""The package that `pip install` gives: all three floors under one name.

In a checkout the floors are the folders `reference`, `strategies` and `tests` beside this one. The build renames them
to `ig_conformance.reference` and so on, because their own names are too common for site-packages. The finder below
gives a checkout the names of the wheel: `ig_conformance.reference` is the module `reference` itself, not a copy, so a
class imported by either name is one class.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference.check import check_integrated_gradients

__all__ = ["check_integrated_gradients"]

_FLOORS = ("reference", "strategies", "tests")
_FUNCTIONS = {"check_integrated_gradients": "reference.check"}
_MODULES = ("strategies", "testing")


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import ig_conformance` needs no torch, hypothesis or pytest."""
    if name in _FUNCTIONS:
        return getattr(import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS, *_MODULES})


class _Checkout(MetaPathFinder, Loader):
    """`ig_conformance.reference.problem` is `reference.problem`, and likewise for every module of the three floors."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, own = fullname.partition(".")
        if root == __name__ and own.partition(".")[0] in _FLOORS:
            return ModuleSpec(fullname, self)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put the floor's own module in the place of the new, empty one: importlib returns what it finds there."""
        sys.modules[module.__name__] = import_module(module.__name__.partition(".")[2])


if not Path(__file__).with_name("reference").is_dir():
    # First in the list: the floors have a `__path__`, by which Python's own finder would load their files once more.
    sys.meta_path.insert(0, _Checkout())
