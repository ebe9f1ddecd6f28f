"""A property-based verification suite for Integrated Gradients.

`check_integrated_gradients` and `check_layer_integrated_gradients` check attributions against the definition.
`strategies` has Hypothesis strategies. `testing` tests an implementation of your own. Each is imported when it is
first used.

In a checkout `reference`, `strategies` and `tests` are the folders beside this one; the wheel has them inside.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference.check import check_integrated_gradients, check_layer_integrated_gradients

__all__ = ["check_integrated_gradients", "check_layer_integrated_gradients"]

_FUNCTIONS = dict.fromkeys(__all__, "reference.check")
_MODULES = ("strategies", "testing")

if not Path(__file__).with_name("reference").is_dir():
    import_module(f"{__name__}.checkout")


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import ig_conformance` needs no torch, hypothesis or pytest."""
    if name in _FUNCTIONS:
        return getattr(import_module(_FUNCTIONS[name]), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS, *_MODULES})
