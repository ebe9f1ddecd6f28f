"""Every planted fault, group by group: the modules beside this one that have `FAULTS`, the canaries first."""

import importlib
import pkgutil

from tests.plugin.profiles import nightly
from tests.power import faults
from tests.power.faults.canaries import CANARIES
from tests.power.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *CANARIES,
    *(
        fault
        for name in sorted(module.name for module in pkgutil.iter_modules(faults.__path__))
        if name not in ("all_faults", "canaries")
        for fault in getattr(importlib.import_module(f"{faults.__name__}.{name}"), "FAULTS", ())
    ),
)


def looked_for() -> tuple[Fault, ...]:
    """The faults that this run searches for: all in the profile `nightly`, else the first one of each law."""
    if nightly():
        return FAULTS
    first: dict[str, Fault] = {}
    for fault in FAULTS:
        first.setdefault(fault.law, fault)
    return tuple(first.values())
