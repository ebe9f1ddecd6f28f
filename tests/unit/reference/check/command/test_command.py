"""`ig-conformance check DIR --text "…"` explains models of every kind, and judges scores."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from reference.check.command.two_tables import word_tables
from reference.command_line import main
from reference.models.directory import CannotLoad
from reference.models.families import FAMILIES
from reference.models.t5 import FAMILY as T5
from tests.plugin.night import some
from tests.unit.installed import skip_if
from tests.unit.reference.check.command.asking import TEXT, folder_of, forked_random, run
from tests.unit.reference.check.saved import MODELS, model_of, save


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {kind: save(kind, root / kind.replace(" ", "-")) for kind in MODELS}


def error(column: dict[str, Any]) -> float:
    """How far the total of a column may be off."""
    return sum(column["quadrature"]) + len(column["scores"]) * float(column["rounding"])


def text_for(kind: str) -> str:
    return f"{TEXT} [MASK]" if "masked" in kind else TEXT


@pytest.mark.parametrize("kind", MODELS)
def test_model_of_every_kind_is_explained(folders: dict[str, Path], kind: str) -> None:
    baseline = ["--baseline", "[MASK]"] if "llama" in kind else []  # PAD's zero vector under RMSNorm: F jumps
    status, out, err = run(folders[kind], "--text", text_for(kind), "--json", *baseline)
    assert status == 0, err
    found = json.loads(out)
    change = found["end"] - found["start"]
    own, table = found["columns"]["IG inputs_embeds"], found["columns"]["LIG word table"]
    assert own["converged"]
    assert abs(sum(own["scores"]) - sum(table["scores"])) <= error(own) + error(table)
    if found["same_function"]:
        assert abs(sum(table["scores"]) - change) <= error(table)
    assert found["tokens"][-6 if "masked" in kind or "bert" in kind else -5 :][0] in ("the", "film", "un", "was")


def test_table_says_what_must_agree_and_which_call_to_make(folders: dict[str, Path], tmp_path: Path) -> None:
    status, out, _ = run(folders["bert classifier"], "--text", TEXT, "--target", 1, "--contrast", 0)
    assert status == 0
    answer = out.partition("the recommended call:\n")[0]
    assert max(map(len, answer.splitlines())) <= 100
    assert "the logit of class 1 (LABEL_1) minus that of class 0 (LABEL_0)" in out
    assert "IG on inputs_embeds and LIG at the word table must agree: they do" in out
    behind = "need not agree with LIG word table: it follows a straight line after bert.embeddings"
    assert behind in " ".join(answer.split())
    assert re.search(r"n_steps   LIG word table: \d+ \(gausslegendre", out)
    assert re.search(r"unbelievably: IG inputs_embeds [+-]0\.\d+", out)
    assert "attributions = LayerIntegratedGradients(forward, model.get_input_embeddings())" in out


def compare_with_recommended(folder: Path, *arguments: str) -> None:
    """Run the program that the command recommends, and compare what it prints with the first or the second column."""
    _, out, _ = run(folder, "--text", text_for(str(folder)), *arguments)
    found = json.loads(run(folder, "--text", text_for(str(folder)), *arguments, "--json")[1])
    printed: list[Any] = []
    with torch.random.fork_rng(), forked_random():
        exec(out.partition("the recommended call:\n")[2], {"print": printed.append})
    table = found["columns"].get("LIG word table") or next(iter(found["columns"].values()))
    allowed = found["accuracy"] * max(abs(found["end"] - found["start"]), *map(abs, table["scores"]))
    for given, score, quadrature in zip(printed[0][0].tolist(), table["scores"], table["quadrature"], strict=True):
        assert abs(given - score) <= allowed + quadrature + table["rounding"]


@pytest.mark.parametrize("kind", ["bert classifier", "roberta masked", "distilbert encoder", "gpt2 causal"])
def test_recommended_call_runs_and_gives_the_scores(folders: dict[str, Path], kind: str) -> None:
    pytest.importorskip("captum")
    compare_with_recommended(folders[kind])


def of_probability(folder: Path) -> list[float]:
    """Token scores of a pipeline: IG of the probability of class 1, by 50 steps of the midpoint rule."""
    from transformers import BertForSequenceClassification

    with torch.random.fork_rng():
        model = BertForSequenceClassification.from_pretrained(folder).eval().double()
    ids = torch.tensor([[2, 5, 6, 7, 15, 16, 17, 8, 3]])
    table = model.get_input_embeddings()
    x, baseline = (table(one).detach() for one in (ids, torch.where((ids == 2) | (ids == 3), ids, 0)))
    alphas = (torch.arange(2000).double().reshape(-1, 1, 1) + 0.5) / 2000
    points = (baseline + alphas * (x - baseline)).requires_grad_(True)
    (slopes,) = torch.autograd.grad(model(inputs_embeds=points).logits.softmax(-1)[:, 1].sum(), points)
    scores: list[float] = (slopes.mean(0) * (x - baseline)[0]).sum(-1).tolist()
    return scores


@pytest.mark.night
def test_scores_are_judged_and_their_mistake_is_named(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = folders["bert classifier"]
    _, out, _ = run(folder, "--text", TEXT, "--target", 1, "--json")
    scores = json.loads(out)["columns"]["LIG word table"]["scores"]
    for name, given, status, words in (
        ("right", [round(score, 7) for score in scores], 0, "right"),
        ("normalised", [score / sum(map(abs, scores)) for score in scores], 1, "wrong"),
        ("probability", of_probability(folder), 1, "wrong"),
        ("noise", [0.1 * (-1) ** place for place in range(len(scores))], 1, "wrong"),
    ):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(given))
        found, out, _ = run(folder, "--text", TEXT, "--target", 1, "--scores", file, "--json")
        answer = json.loads(out)["answer"]
        assert (found, answer["verdict"]) == (status, words), (name, answer)
        named = {"normalised": {"absolute or normalised scores"}, "probability": {"softmax for logit"}}
        assert set(answer["mistakes"]) == named.get(name, set())


@pytest.mark.parametrize("kind", some(["bart classifier", "t5 classifier"], every=2))
def test_classifier_of_encoder_and_decoder_has_lig_at_both_tables(kind: str) -> None:
    if kind == "t5 classifier":  # before, its tables are one module
        skip_if(T5.missing)
    status, out, err = run(folder_of(kind), "--text", TEXT, "--baseline", "a", "--json")
    assert status == 0, err
    found = json.loads(out)
    assert list(found["columns"]) == ["LIG both tables"]
    both = found["columns"]["LIG both tables"]
    assert abs(sum(both["scores"]) - (found["end"] - found["start"])) <= error(both)
    assert "its decoder reads the same ids as its encoder" in found["difference"]


def test_tables_that_are_one_module_raise_an_error() -> None:
    model: Any = model_of("bart classifier")
    model.model.encoder.embed_tokens = model.model.decoder.embed_tokens
    with pytest.raises(CannotLoad, match="of BartForSequenceClassification share one module"):
        word_tables(model)


def test_recommended_call_at_both_tables_gives_the_scores() -> None:
    pytest.importorskip("captum")
    compare_with_recommended(folder_of("bart classifier"), "--baseline", "a")


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("t5 generator", [], "generates text by an encoder and a decoder"),
        ("bart classifier", ["--baseline", "zero"], "takes no inputs_embeds: --baseline zero and --layer do not work"),
        ("bart classifier", ["--scores", "scores.json"], "--scores does not work for an encoder–decoder"),
    ],
)
def test_what_an_encoder_decoder_cannot_do_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scores.json").write_text(json.dumps([0.1] * 9))
    status, out, err = run(folder_of(kind), "--text", TEXT, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err


@pytest.mark.parametrize("kind", ["gpt2 causal", "llama causal"])
def test_continuation_of_several_tokens_is_explained(folders: dict[str, Path], kind: str) -> None:
    status, out, err = run(
        folders[kind], "--text", "the film was", "--target-text", "very good", "--baseline", "a", "--json"
    )
    assert status == 0, err
    found = json.loads(out)
    assert found["F"] == "log p('very good' | the text)"
    assert found["tokens"] == ["the", "film", "was", "very"]
    assert found["columns"]["LIG word table"]["scores"][-1] == 0


def test_zero_baseline_is_the_zero_vector(folders: dict[str, Path]) -> None:
    status, out, _ = run(folders["bert classifier"], "--text", TEXT, "--baseline", "zero", "--json")
    found = json.loads(out)
    assert status == 0
    assert list(found["columns"]) == ["IG inputs_embeds"]
    assert found["baseline"] == "the zero vector"


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("bert classifier", ["--target", "3"], "target 3 is out of range: the model has 3 classes (0 to 2)"),
        ("bert classifier", ["--target-text", "joy"], "'joy' is not a label: choose one of LABEL_0, LABEL_1, LABEL_2"),
        ("bert classifier", ["--text", "good " * 30], "the text has 32 tokens, but the model takes at most 24"),
        ("bert classifier", ["--baseline", "the film"], "has 2 tokens, but the text has 7: pass that many, or 1"),
        ("bert classifier", ["--layer", "bert.attic"], "the model has no module 'bert.attic'"),
        ("roberta masked", [], "needs one [MASK] in the text; it has 0"),
        ("gpt2 causal", ["--target", "99"], "target 99 is out of range: the model has 25 tokens"),
        ("bert classifier", ["--accuracy", "0"], "--accuracy is a share of the largest score, between 0 and 1; got 0"),
        ("bert classifier", ["--accuracy", "2"], "--accuracy is a share of the largest score, between 0 and 1; got 2"),
        ("bert classifier", ["--text-pair", " "], "--text-pair is empty: leave it out, or pass a text"),
        ("bert classifier", ["--text", ""], "the text has no tokens to explain, only [CLS], [SEP]"),
        ("bert classifier", ["--baseline", TEXT], "is the text itself, so every score is 0: use another --baseline"),
        ("bert classifier", ["--target", "1", "--contrast", "LABEL_1"], "'LABEL_1' is the target itself"),
        ("roberta masked", ["--text", "a [MASK]", "--target-text", "the", "--contrast", "the"], "is the target itself"),
        ("gpt2 causal", ["--target-text", "the", "--contrast", "the"], "'the' is the target itself"),
        ("distilbert encoder", ["--target-text", "the", "--contrast", "a"], "pass --target-text or --contrast"),
        ("distilbert encoder", ["--target", "1", "--contrast", "a"], "--contrast does not work with a unit"),
        ("distilbert encoder", ["--target-text", ""], "the text '' has no tokens to compare with, only special ones"),
        ("distilbert encoder", ["--target-text", "zzz"], "'zzz' is unknown to the tokenizer ([UNK])"),
        ("roberta masked", ["--text", "a [MASK]", "--target-text", "zzz"], "'zzz' is unknown to the tokenizer ([UNK])"),
        ("gpt2 causal", ["--target-text", "zzz"], "'zzz' is unknown to the tokenizer ([UNK]): pass another text"),
        ("gpt2 causal", ["--target", "1", "--contrast", "zzz"], "'zzz' is unknown to the tokenizer ([UNK])"),
        ("bert classifier", ["--n-steps", "20"], "--n-steps names the rule of your scores: pass --scores FILE.json"),
        ("bert classifier", ["--method", "riemann_left"], "--method names the rule of your scores: pass --scores"),
        ("bert classifier", ["--layer", "classifier"], "no token dimension, so it has no token scores: it returns a"),
        ("bert classifier", ["--layer", "bert.pooler"], "use for example bert.embeddings, bert.encoder.layer.0"),
        ("bert classifier", ["--layer", "bert.encoder.layer"], "but the forward does not run it by itself"),
        ("albert masked", ["--text", "a [MASK]", "--layer", "albert.encoder.albert_layer_groups.0"], "runs it 2 times"),
    ],
)
def test_bad_option_is_one_line(folders: dict[str, Path], kind: str, arguments: list[str], words: str) -> None:
    status, out, err = run(folders[kind], "--text", TEXT, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "LABEL_1"], "'LABEL_1' is not a number: pass a label, a token or a text as --target-text"),
        (["--target", "1", "--target-text", "LABEL_1"], "--target-text: not allowed with argument --target"),
        (["--n-steps", "many"], "invalid int value: 'many'"),
    ],
)
def test_usage_error_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "DIR", "--text", TEXT, *arguments])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (
            "bert classifier",
            ["--baseline", "PAD"],
            "the baseline 'PAD' is unknown to the tokenizer: 7 of 7 tokens of the path start at [UNK]; for the PAD "
            "token pass --baseline pad",
        ),
        (
            "distilbert encoder",
            ["--target-text", "zzz good"],
            "1 of 2 tokens of 'zzz good' are unknown to the tokenizer ([UNK])",
        ),
        ("gpt2 causal", ["--target-text", "zzz good", "--baseline", "a"], "1 of 2 tokens of 'zzz good' are unknown"),
    ],
)
def test_unknown_words_are_a_remark(folders: dict[str, Path], kind: str, arguments: list[str], words: str) -> None:
    status, out, err = run(folders[kind], "--text", TEXT, "--json", *arguments)
    assert status == 0, err
    assert any(remark.startswith(words) for remark in json.loads(out)["remarks"])


def test_unknown_token_itself_may_be_the_baseline(folders: dict[str, Path]) -> None:
    _, out, _ = run(folders["bert classifier"], "--text", TEXT, "--json", "--baseline", "[UNK]")
    assert json.loads(out)["remarks"] == []


def test_head_of_another_token_suggests_a_baseline_not_a_forward(folders: dict[str, Path]) -> None:
    skip_if(FAMILIES["gpt2"].missing)
    _, out, _ = run(folders["gpt2 classifier"], "--text", TEXT)
    said = " ".join(out.split())
    assert "without ids the last position. Use --baseline mask" in said
    assert "yourself" not in said


def test_accuracy_that_no_steps_reach_suggests_one_that_is_reached(folders: dict[str, Path]) -> None:
    _, out, _ = run(folders["bert classifier"], "--text", TEXT, "--json", "--accuracy", "1e-12")
    said = next(step for step in json.loads(out)["next"] if step.startswith("No number of steps"))
    suggested = re.search(r"use --accuracy (\S+), which (\d+) steps? reach", said)
    assert suggested is not None
    assert float(suggested[1]) < 0.001
    _, out, _ = run(folders["bert classifier"], "--text", TEXT, "--json", "--accuracy", suggested[1])
    assert json.loads(out)["columns"]["LIG word table"]["n_steps"] is not None


def test_target_that_does_not_depend_on_the_text_is_one_line(folders: dict[str, Path], tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(folders["bert classifier"], tmp_path / "copy")
    weights = load_file(folder / "model.safetensors")
    weights["classifier.weight"][1] = 0
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    status, out, err = run(folder, "--text", TEXT, "--target", 1)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "the logit of class 1 (LABEL_1) does not depend on the text" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1, 2]", "has 2 scores, but the text has 9 tokens"),
        ("[1, 2, 3, 4, 5, 6, 7]", "[SEP]): add 0 for the special tokens [CLS], [SEP], at their positions"),
        ("[true, true, true, true, true, true, true, true, true]", "has true or false: a score is a number"),
        ("[NaN, 0, 0, 0, 0, 0, 0, 0, 0]", "has NaN or Infinity"),
        ("[1e400, 0, 0, 0, 0, 0, 0, 0, 0]", "has a number too large for float64"),
        (None, "scores.json does not exist; name a JSON file with a list of 9 numbers"),
        ("{}", "must have a list of numbers"),
        ("x", "is not a JSON file"),
    ],
)
def test_bad_scores_are_one_line(folders: dict[str, Path], tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "scores.json").write_text(content)
    status, _, err = run(folders["bert classifier"], "--text", TEXT, "--scores", tmp_path / "scores.json")
    assert status == 2
    assert words in err
