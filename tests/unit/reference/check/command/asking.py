"""The command, asked as a user asks it."""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch

from reference import command_line
from reference.check.command.columns import Column
from reference.check.command.explanation import Explanation
from reference.check.command.main import explanation
from reference.check.integral import cached_rule
from reference.check.numbers import Numbers
from reference.check.sides import Side
from reference.command_line import main
from tests.unit.reference.check.saved import save

TEXT = "the film was unbelievably good"


@contextlib.contextmanager
def forked_random() -> Iterator[None]:
    """Restore Python's generator: BART of transformers 4.30 draws from it in eval mode, too."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


def run(*arguments: object) -> tuple[int, str, str]:
    """Status, output and errors of the command."""
    out, err = io.StringIO(), io.StringIO()
    with forked_random(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["check", *map(str, arguments)])
    return status, out.getvalue(), err.getvalue()


@cache
def folder_of(kind: str) -> Path:
    """A saved model of this kind."""
    return save(kind, Path(mkdtemp()) / "model")


def folder_of_few_rows(target: Path, rows: int = 8) -> Path:
    """A BERT classifier whose word table has fewer rows than the tokenizer has tokens."""
    import transformers

    folder = folder_of("bert classifier")
    shutil.copytree(folder, target)
    with torch.random.fork_rng():
        model: Any = transformers.BertForSequenceClassification.from_pretrained(folder)
        model.resize_token_embeddings(rows)
    model.save_pretrained(target, safe_serialization=True)
    return target


def explained(kind: str, *arguments: object) -> Explanation:
    """What the command finds out about a saved model."""
    parser = argparse.ArgumentParser()
    command_line.arguments(parser)
    return explanation(parser.parse_args([str(folder_of(kind)), "--text", TEXT, *map(str, arguments)]))


def by_rule(column: Column, method: str, n_steps: int) -> list[float]:
    """The token scores of a column in float32, by a rule."""
    space = column.call.path(torch.float32)[1]
    numbers = Numbers(space, torch.zeros(1, 1), reduced=-1)
    scores: list[float] = Side(column.call, torch.float32, cached_rule(method, n_steps), numbers).scores[0].tolist()
    return scores
