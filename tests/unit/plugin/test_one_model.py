"""`--model`: the laws on the user's own model, and the errors for a folder that cannot be tried."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings

from reference.laws import LAWS, Law
from reference.models.directory import CannotLoad
from reference.models.saved_transformer import SavedTransformer
from reference.problem import Problem, Tokens
from reference.violation import NotApplicable
from strategies.fixed import ON_A_MODEL, fixed, why_not, with_tokens
from tests.plugin.night import some
from tests.report.parsing import problem_from
from tests.subjects.textbook import Textbook
from tests.unit.reference.check.command.asking import TEXT, folder_of, folder_of_few_rows
from tests.unit.running import suite


def saved(kind: str) -> SavedTransformer:
    return SavedTransformer(path=str(folder_of(kind)))


def test_laws_on_a_model_are_laws() -> None:
    assert ON_A_MODEL.keys() <= LAWS.keys()


@pytest.mark.parametrize(
    ("kind", "family", "head"),
    [
        ("bert classifier", "bert", "sequence"),
        ("gpt2 causal", "gpt2", "causal"),
        ("distilbert encoder", "distilbert", "hidden"),
    ],
)
def test_family_head_and_sizes_are_those_of_the_folder(kind: str, family: str, head: str) -> None:
    model = saved(kind)
    assert (model.family.name, model.vocab, model.hidden, model.heads, model.layers) == (family, 25, 16, 2, 2)
    assert model.family.pad == 0
    assert model.head == head


def test_problem_computes_what_the_saved_model_computes() -> None:
    from transformers import BertForSequenceClassification

    problem = Problem(model=saved("bert classifier"), data=Tokens(ids=((2, 5, 3),), baseline=((2, 0, 3),)))
    with torch.random.fork_rng():
        own = BertForSequenceClassification.from_pretrained(folder_of("bert classifier")).eval().double()
    with torch.no_grad():
        found = problem.build("float64").layered.output()
        right = own(input_ids=torch.tensor([[2, 5, 3]])).logits
    # Saved weights are float32: another weight would differ by more than its last bit.
    assert bool(((found - right).abs() <= torch.finfo(torch.float32).eps * right.abs()).all())


def test_printed_problem_can_be_read_again() -> None:
    problem = Problem(model=saved("bert classifier"), data=Tokens(ids=((2, 5, 3),), baseline=((2, 0, 3),)))
    assert problem_from(repr(problem)) == problem


def try_on(model: SavedTransformer, law: Law) -> None:
    """The textbook on two problems of the law, on the model."""

    @settings(max_examples=2, deadline=None, database=None, derandomize=True)
    @given(problem=fixed(model, law, ((2, 5, 9, 3),)))
    def passes(problem: Problem) -> None:
        with suppress(NotApplicable):
            law(problem, Textbook())

    passes()


@pytest.mark.parametrize("kind", some(["bert classifier", "gpt2 classifier", "albert masked"]))
def test_textbook_passes_every_law_on_the_model(kind: str) -> None:
    model = saved(kind)
    for law in map(LAWS.__getitem__, ON_A_MODEL):
        if why_not(law, model) is None:
            try_on(model, law)


def test_text_keeps_its_first_and_last_token_at_the_baseline() -> None:
    problem = Problem(model=saved("bert classifier"), data=Tokens(ids=((5, 6),) * 2, baseline=((1, 1),) * 2))
    found = with_tokens(problem.asking(target=(0, 1)), ((2, 7, 8, 3),))
    assert found.data == Tokens(ids=((2, 7, 8, 3),), baseline=((2, 0, 0, 3),))
    assert found.call.target == 0


def test_every_other_law_has_a_reason() -> None:
    model = saved("bert classifier")
    reasons = {name: why_not(law, model) for name, law in LAWS.items()}
    assert {name for name, reason in reasons.items() if reason is None} == set(ON_A_MODEL)


def test_family_that_is_not_described_is_one_line(tmp_path: Path) -> None:
    import transformers

    config = transformers.FNetConfig(vocab_size=9, hidden_size=4, num_hidden_layers=1, intermediate_size=4)
    with torch.random.fork_rng():
        transformers.FNetModel(config).save_pretrained(tmp_path, safe_serialization=True)
    with pytest.raises(CannotLoad, match="holds a 'fnet': the laws know albert, "):
        _ = SavedTransformer(path=str(tmp_path)).head


@pytest.mark.night
def test_text_with_ids_that_the_model_lacks_is_a_usage_error(tmp_path: Path) -> None:
    run = suite("--model", str(folder_of_few_rows(tmp_path / "model")), "--text", TEXT)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    first = (run.stdout + run.stderr).split("\n")[0]
    assert first.startswith("ERROR: --model: the tokenizer gives the id ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model=/no/folder"], "ERROR: --model: /no/folder is not a folder"),
        (["--text=good"], "ERROR: --text and --allow-pickle need --model=DIR"),
    ],
)
@pytest.mark.night
def test_bad_folder_is_a_usage_error(options: list[str], words: str) -> None:
    run = suite(*options)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert (run.stdout + run.stderr).split("\n")[0].startswith(words)


@pytest.mark.night
def test_run_on_a_model_says_what_it_tried() -> None:
    folder = str(folder_of("bert classifier"))
    run = suite("--model", folder, "--subject", "textbook", "--time-box", "1")
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    assert f"model     {folder}: bert, head 'sequence', vocabulary 25" in run.stdout
    assert "laws: it is about errors of a call, whatever the model" in run.stdout
    assert "test_known_defects" not in run.stdout
