"""`--scores`: scores that are right to rounding for a column are never called wrong, and it is said whose they are."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from reference.check.command.explanation import Explanation
from reference.check.command.token_names import other_token
from tests.plugin.night import some
from tests.unit.reference.check.command.asking import TEXT, by_rule, explained, folder_of, run
from tests.unit.reference.check.saved import tokenizer

LAYER = "bert.encoder.layer.0"
NOT_CONVERGED = "right to rounding but not converged"
OWN, TABLE, EMBEDDINGS = "IG inputs_embeds", "LIG word table", "LIG embeddings"


@cache
def found(kind: str = "bert classifier", *arguments: object) -> Explanation:
    """What the command finds out, once."""
    return explained(kind, "--target", 1, *arguments)


@cache
def scores(name: str, method: str, n_steps: int, *arguments: object, kind: str = "bert classifier") -> list[float]:
    """The scores of a column by a rule."""
    column = next(one for one in found(kind, *arguments).columns if one.name == name)
    return by_rule(column, method, n_steps)


def judged(file: Path, content: Any, *arguments: object, kind: str = "bert classifier") -> tuple[int, dict[str, Any]]:
    """The status, and the answer of the command, with its sentence."""
    file.write_text(json.dumps(content))
    status, out, err = run(folder_of(kind), "--text", TEXT, "--target", 1, "--scores", file, "--json", *arguments)
    assert out, err
    answer = json.loads(out)
    return status, {**answer["answer"], "sentence": answer["sentence"], "next": answer["next"]}


RULES = [(), ("--n-steps", 2), ("--n-steps", 2, "--method", "gausslegendre")]
"""What is told of the rule."""


@pytest.mark.parametrize("name", [OWN, TABLE, EMBEDDINGS])
@pytest.mark.parametrize("told", some(RULES, every=len(RULES), first=1))
def test_scores_of_too_few_steps_are_right_to_rounding(tmp_path: Path, name: str, told: tuple[object, ...]) -> None:
    status, answer = judged(tmp_path / "scores.json", scores(name, "gausslegendre", 2), *told)
    assert (status, answer["verdict"]) == (1, NOT_CONVERGED)
    assert answer["column"] == (EMBEDDINGS if name == EMBEDDINGS else OWN)
    assert answer["mistakes"] == []


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.night
def test_recommended_rule_of_a_kinked_model_is_right_to_rounding(tmp_path: Path, told: bool) -> None:
    kind, baseline = "distilbert classifier", ("--baseline", "pad")
    n_steps = found(kind, *baseline).best.recommended
    given = scores(TABLE, "gausslegendre", n_steps, *baseline, kind=kind)
    rule = ("--n-steps", n_steps) if told else ()
    _, answer = judged(tmp_path / "scores.json", given, *baseline, *rule, kind=kind)
    assert answer["verdict"] in ("right", NOT_CONVERGED)
    assert answer["mistakes"] == []


@pytest.mark.night
def test_noise_is_wrong_though_a_column_is_another_function(tmp_path: Path) -> None:
    text, kind = ("--text", "the film [PAD] good"), "roberta classifier"
    assert "positions differ" in str(found(kind, *text).difference)
    noise = [0.1 * (-1) ** place for place in range(6)]
    status, answer = judged(tmp_path / "scores.json", noise, *text, kind=kind)
    assert (status, answer["verdict"]) == (1, "wrong")
    assert any("If you used another rule, pass --method and --n-steps" in remark for remark in answer["remarks"])


@pytest.mark.parametrize("decimals", [3, 4, 5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_rounded_in_any_dtype_are_right(tmp_path: Path, decimals: int, dtype: torch.dtype) -> None:
    rounded = torch.tensor(scores(TABLE, "gausslegendre", 50)).to(dtype).round(decimals=decimals)
    status, answer = judged(tmp_path / "scores.json", rounded.tolist())
    assert (status, answer["verdict"]) == (0, "right")


@pytest.mark.night
def test_rounded_scores_with_one_wrong_score_are_wrong(tmp_path: Path) -> None:
    rounded = torch.tensor(scores(TABLE, "gausslegendre", 50)).round(decimals=4)
    rounded[2] += 2e-4
    status, answer = judged(tmp_path / "scores.json", rounded.tolist())
    assert (status, answer["verdict"]) == (1, "wrong")


def test_sentence_says_whose_scores_they_are(tmp_path: Path) -> None:
    status, answer = judged(tmp_path / "scores.json", scores(EMBEDDINGS, "gausslegendre", 50))
    assert status == 0
    assert answer["sentence"] == "Your scores are right: they are the scores of LIG embeddings."
    _, answer = judged(tmp_path / "scores.json", scores(TABLE, "gausslegendre", 50))
    assert answer["sentence"] == f"Your scores are right: they are the scores of {OWN} and {TABLE}."


@pytest.mark.parametrize("n_steps", some([2, 50], every=2))
def test_scores_of_another_column_than_the_layer_are_wrong(tmp_path: Path, n_steps: int) -> None:
    given = scores(TABLE, "gausslegendre", n_steps)
    status, answer = judged(tmp_path / "scores.json", given, "--n-steps", n_steps, "--layer", LAYER)
    assert (status, answer["verdict"], answer["column"]) == (1, "wrong", f"LIG {LAYER}")
    why = f"they are the scores of {OWN} and {TABLE}, not of LIG {LAYER}"
    assert (answer["why"], answer["sentence"]) == (why, f"Your scores are wrong: {why}.")
    verdict = "right" if n_steps == 50 else NOT_CONVERGED
    assert f"Without --layer, the answer is: your scores are {verdict}." in answer["next"]


def test_scores_of_the_layer_are_right(tmp_path: Path) -> None:
    given = scores(f"LIG {LAYER}", "gausslegendre", 50, "--layer", LAYER)
    status, answer = judged(tmp_path / "scores.json", given, "--layer", LAYER)
    assert (status, answer["verdict"], answer["column"]) == (0, "right", f"LIG {LAYER}")


def with_tokens(form: str, tokens: list[Any]) -> Any:
    """A file of scores that names the tokens."""
    own = scores(TABLE, "gausslegendre", 50)
    pairs = [list(pair) for pair in zip(tokens, own, strict=True)]
    return {"object": {"tokens": tokens, "scores": own}, "pairs": pairs, "reversed": [pair[::-1] for pair in pairs]}[
        form
    ]


@pytest.mark.parametrize("form", ["object", "pairs", "reversed"])
def test_scores_of_other_tokens_are_one_line(tmp_path: Path, form: str) -> None:
    tokens = list(found().encoded.tokens)
    status, _ = judged(tmp_path / "scores.json", with_tokens(form, tokens))
    assert status == 0
    (tmp_path / "scores.json").write_text(json.dumps(with_tokens(form, tokens[::-1])))
    status, out, err = run(folder_of("bert classifier"), "--text", TEXT, "--scores", tmp_path / "scores.json")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "has the scores of other tokens: token 0 is '[SEP]', but the text has '[CLS]'" in err


def test_marks_of_tokens_may_differ(tmp_path: Path) -> None:
    tokens = [f"▁{token.removeprefix('##')}" for token in found().encoded.tokens]
    assert judged(tmp_path / "scores.json", with_tokens("object", tokens))[0] == 0
    ids = found().encoded.ids[0].tolist()
    assert judged(tmp_path / "scores.json", with_tokens("object", ids))[0] == 0


def test_case_of_tokens_may_differ_only_if_the_tokenizer_lowercases() -> None:
    from tokenizers import normalizers

    encoded, lowercasing = found().encoded, tokenizer()
    upper = [token.upper() for token in encoded.tokens]
    assert other_token(upper, encoded, lowercasing) == "token 1 is 'THE', but the text has 'the'"
    lowercasing.backend_tokenizer.normalizer = normalizers.Lowercase()
    assert other_token(upper, encoded, lowercasing) is None


@pytest.mark.night
def test_wrong_scores_are_compared_with_the_nearest_column(tmp_path: Path) -> None:
    given = list(scores(EMBEDDINGS, "gausslegendre", 50))
    given[2] += 1e-3
    _, answer = judged(tmp_path / "scores.json", given)
    assert (answer["verdict"], answer["column"]) == ("wrong", EMBEDDINGS)
