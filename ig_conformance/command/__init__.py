"""The command line `ig-conformance`: each module of this package is a subcommand of the same name.

A subcommand's module has a docstring, whose first line is its help, `arguments(parser)` and `run(options)`, which
returns the exit status. It imports what it needs inside `run`: `ig-conformance --help` needs no torch.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from reference.command_line import Parser

COMMANDS = tuple(sorted(module.name for module in iter_modules(__path__)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def parser() -> argparse.ArgumentParser:
    """The parser of all subcommands."""
    whole = Parser(
        prog="ig-conformance", description="Check implementations of Integrated Gradients against the definition."
    )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"{__name__}.{name}")
        about = (module.__doc__ or "").strip()
        command = commands.add_parser(
            name,
            help=about.splitlines()[0].rstrip("."),
            description=about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(command)
        command.set_defaults(run=module.run)
    return whole
