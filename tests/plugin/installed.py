"""What has to be installed: packages that are missing, and packages that do not work together."""

from __future__ import annotations

from importlib.metadata import requires, version

NEEDED = ("autograd", "mpmath", "numpy", "packaging", "scipy", "torch", "transformers")
INSTALL = "install what the suite needs with `pip install --group test --group torch2.13`"


class WrongPair(Exception):
    """The message is one line that says which two they are."""


def check_pairs() -> None:
    """Raises   WrongPair where transformers needs another torch: as an extra's, no installer sees to this need."""
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
