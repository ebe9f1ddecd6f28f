"""`--model DIR`: the laws that make sense for one fixed model, on token batches of its vocabulary.

DIR is read before the tests are collected: a bad one is a usage error of one line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from reference.models.saved_transformer import SavedTransformer
    from reference.problem import Ids

MINUTES = 2.0
"""The time box of such a run, unless `--time-box` names another."""

FILES = ("__init__.py", "test_model.py", "test_canary.py")
"""The files of tests/properties that are collected: the laws on the model, and the canary."""

PROPERTIES = Path(__file__).parents[1] / "properties"

_chosen: list[tuple[SavedTransformer, Ids | None]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ig-conformance")
    group.addoption(
        "--model",
        metavar="DIR",
        help=f"try the laws on the model in this Hugging Face folder, for {MINUTES:g} minutes (--time-box)",
    )
    group.addoption("--text", metavar="TEXT", help="with --model: try the laws on this text too")
    group.addoption("--allow-pickle", action="store_true", help="with --model: load pickles with weights_only=True")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the model. Raise a usage error if it cannot be loaded, or tried."""
    folder, text = config.getoption("--model"), config.getoption("--text")
    _chosen.clear()
    if folder is None:
        if text is not None or config.getoption("--allow-pickle"):
            raise pytest.UsageError("--text and --allow-pickle need --model=DIR")
        return
    from reference.models.directory import CannotLoad

    try:
        _chosen.append(_loaded(folder, text, config.getoption("--allow-pickle")))
    except CannotLoad as error:
        raise pytest.UsageError(f"--model: {error}") from None
    if config.getoption("--time-box") is None:
        config.option.time_box = MINUTES


def _loaded(folder: str, text: str | None, allow_pickle: bool) -> tuple[SavedTransformer, Ids | None]:
    from reference.models.directory import CannotLoad, load, within_table
    from reference.models.saved_transformer import SavedTransformer

    model = SavedTransformer(path=folder, allow_pickle=allow_pickle)
    assert model.head
    if text is None:
        return model, None
    loaded = load(folder, allow_pickle=allow_pickle)
    ids = tuple(loaded.tokenizer(text)["input_ids"])
    longest = model.longest
    if len(ids) < 2 or len(ids) > longest:
        raise CannotLoad(f"the text has {len(ids)} tokens: 2 to {longest} are possible")
    within_table(loaded.model, loaded.tokenizer, ids)
    return model, (ids,)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of tests/properties, collect the laws on one model with --model."""
    if config.getoption("--model") and collection_path.parent == PROPERTIES and collection_path.name not in FILES:
        return True
    return None


def lines() -> list[str]:
    """For the verdict: the model, and the laws that are not tried on it, by reason."""
    if not _chosen:
        return []
    from reference.laws import LAWS
    from strategies.fixed import why_not

    model, ids = _chosen[0]
    text = "" if ids is None else f", a text of {len(ids[0])} tokens among the problems"
    found = [f"model     {model.path}: {model.family.name}, head {model.head!r}, vocabulary {model.vocab}{text}"]
    others: dict[str, list[str]] = {}
    for law in LAWS.values():
        if reason := why_not(law, model):
            others.setdefault(reason, []).append(law.name)
    return found + [
        f"not tried {f'{len(laws)} laws' if len(laws) > 1 else laws[0]}: {reason}" for reason, laws in others.items()
    ]


def chosen() -> tuple[SavedTransformer, Ids | None] | None:
    """The model of this run, and the ids of the user's text; None without --model."""
    return _chosen[0] if _chosen else None
