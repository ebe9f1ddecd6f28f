"""The options of the command `check`, without torch: `--help` is fast.

`ig-conformance check` and `python -m reference check` take them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print what was wrong; exit with status 2."""
        print(f"{self.prog}: {message} ({self.prog} --help lists the options)", file=sys.stderr)
        raise SystemExit(2)


def index(text: str) -> int:
    """The number of a class, token or unit."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number: pass a label, a token or a text as --target-text {text!r}"
        ) from None


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("directory", metavar="DIR", help="a folder with config, weights and tokenizer")
    parser.add_argument("--text", required=True, help="the text to explain")
    parser.add_argument("--text-pair", help="the second text of a pair")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--target", type=index, metavar="K", help="a class, a token id, or a unit of the embedding")
    target.add_argument("--target-text", metavar="TEXT", help="a label, a token, a continuation, or another text")
    parser.add_argument("--contrast", metavar="TEXT", help="explain the target against this label, token or text")
    parser.add_argument("--baseline", metavar="pad|mask|zero|TEXT", help="default: pad, else mask")
    parser.add_argument("--layer", metavar="NAME", help="a module instead of the embeddings")
    parser.add_argument("--scores", metavar="FILE.json", help="token scores of any tool: are they right?")
    parser.add_argument("--method", help="the rule of the scores, if you know it: riemann_right, gausslegendre, …")
    parser.add_argument("--n-steps", type=int, metavar="N", help="the number of steps of the scores, if you know it")
    parser.add_argument("--accuracy", type=float, default=1e-3, help="share of the largest score; default 0.001")
    parser.add_argument("--allow-pickle", action="store_true", help="load pickled weights with weights_only=True")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--report", metavar="FILE.html", help="write the answer to FILE as one HTML page")


def main(given: Sequence[str] | None = None) -> int:
    """Run `check …`; return the exit status: 0 for an answer, 1 for scores that are not right, 2 for bad input."""
    whole = Parser(prog="python -m reference", description="Integrated Gradients: is my result right?")
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    arguments(commands.add_parser("check", help="explain a text with a model in a folder, or judge token scores"))
    options = whole.parse_args(given)
    from reference.check.command.main import run

    return run(options)
