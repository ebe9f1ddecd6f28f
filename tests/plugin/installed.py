"""Checks of the installed packages: none is missing, and they work together."""

from __future__ import annotations

from importlib.metadata import requires, version

NEEDED = ("autograd", "mpmath", "numpy", "packaging", "scipy", "torch", "transformers")
INSTALL = "install what the suite needs with `pip install --group test --group torch2.13`"


class WrongPair(Exception):
    """Two packages do not work together. The message is one line that names them."""


def check_pairs() -> None:
    """Raises   WrongPair if transformers needs another torch. Installers do not check this: torch is only an extra."""
    from packaging.requirements import Requirement

    installed = version("torch")
    for line in requires("transformers") or ():
        need = Requirement(line)
        needed = need.name == "torch" and need.marker is not None and need.marker.evaluate({"extra": "torch"})
        if needed and not need.specifier.contains(installed, prereleases=True):
            raise WrongPair(
                f"transformers {version('transformers')} needs torch {need.specifier}, but {installed} is installed; "
                "install one of the groups torch1.13 to torch2.15 of pyproject.toml"
            )
