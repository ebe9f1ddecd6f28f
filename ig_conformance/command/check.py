"""Explain a text with a Hugging Face model in a folder, or judge token scores of any tool.

`check DIR --text "…"` prints IG on inputs_embeds and LIG at the word table and at the embeddings, with their errors,
which of them must agree, and the call to use. With --scores FILE.json it judges the scores in the file. The exit status
is 0 for an answer, 1 if the scores are not right, and 2 for bad input.
"""

from __future__ import annotations

import argparse

from reference.command_line import arguments

__all__ = ["arguments", "run"]


def run(options: argparse.Namespace) -> int:
    """Explain or judge; return the exit status."""
    from reference.check.command.main import run as run_check

    return run_check(options)
