"""The page of the command says what to do, shows any token as text, and fits a telephone."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import reference.check.command.html
from reference.check.command.explanation import Explanation
from reference.check.command.html import charts, page
from tests.unit.reference.check.command.asking import TEXT, explained, folder_of, run
from tests.unit.report.browser import NARROW, NEEDS_CHROMIUM, READABLE, Colour, contrast, measured, schemes, width_of
from tests.unit.report.test_html import NASTY, Tags

STYLE = Path(reference.check.command.html.__path__[0]) / "check.css"


@pytest.fixture(scope="module")
def answer() -> Explanation:
    return explained("bert classifier", "--target", 1)


def stretched(answer: Explanation, length: int) -> Explanation:
    """The answer as if its text had so many tokens, among them markup and right-to-left text."""
    place = torch.arange(length) % answer.encoded.length
    columns = [replace(one, scores=one.scores[place], quadrature=one.quadrature[place]) for one in answer.columns]
    tokens = tuple(NASTY if k == 1 else "مرحبا" if k == 3 else answer.encoded.tokens[k] for k in place.tolist())
    kept = tuple(answer.encoded.kept[k] for k in place.tolist())
    encoded = replace(
        answer.encoded,
        ids=answer.encoded.ids[:, place],
        baseline=answer.encoded.baseline[:, place],
        tokens=tokens,
        kept=kept,
        words=(-1,) * length,
    )
    return replace(answer, columns=tuple(columns), encoded=encoded)


def test_page_loads_nothing_and_runs_nothing(answer: Explanation) -> None:
    found = Tags(page(answer))
    assert found.loaded == []
    assert found.tags.isdisjoint({"script", "link", "img", "iframe", "object"})


def test_token_of_markup_is_shown_as_text(answer: Explanation) -> None:
    text = page(stretched(answer, 512))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "<bdi>مرحبا</bdi>" in text


def test_page_begins_with_the_answer_and_what_to_do(answer: Explanation) -> None:
    text = page(answer)
    sentence = re.search(r"<h1>(.*)</h1>", text)
    assert sentence is not None
    assert "has the largest score" in sentence[1]
    assert f"Use LIG word table with n_steps={answer.best.n_steps}: the call below does." in text
    assert text.count("<figure>") == 3


def test_short_text_has_each_token_in_each_way(answer: Explanation) -> None:
    text = page(answer)
    assert [text.count(f"<h3>{column.name}</h3>") for column in answer.columns] == [1, 1, 1]
    assert text.count('scope="row"') == answer.encoded.length
    assert text.count('class="error"') == sum(int((column.scores != 0).sum()) for column in answer.columns)


@pytest.mark.night
def test_long_text_has_a_table_of_the_largest_scores_first(answer: Explanation) -> None:
    text = page(stretched(answer, 512))
    assert "These are the 40 largest scores." in text
    assert "All 512 tokens" in text


def test_nan_is_shown_as_nan(answer: Explanation) -> None:
    text = page(replace(answer, given=torch.full((answer.encoded.length,), math.nan)))
    assert text.count("NaN") >= answer.encoded.length


@pytest.mark.night
def test_wrong_scores_and_their_mistake_are_named(tmp_path: Path, answer: Explanation) -> None:
    scores = answer.best.scores
    given, file = tmp_path / "scores.json", tmp_path / "page.html"
    given.write_text(json.dumps((scores / scores.abs().sum()).tolist()))
    folder = folder_of("bert classifier")
    status, _, err = run(folder, "--text", TEXT, "--target", 1, "--scores", given, "--report", file)
    text = file.read_text(encoding="utf-8")
    assert status == 1, err
    assert "<h1>Your scores are wrong.</h1>" in text
    assert "<li>absolute or normalised scores: " in text


@pytest.mark.night
def test_page_of_a_model_without_an_embeddings_module_has_no_picture_of_the_bend() -> None:
    text = page(explained("gpt2 classifier", "--baseline", "a"))
    assert "Why do the scores differ?" not in text
    assert text.count("<figure>") == 2


def test_picture_of_f_passes_through_f(answer: Explanation) -> None:
    integral, call = answer.best.integral, answer.columns[0].call
    x, baseline = call.inputs[0].double(), call.baselines[0].double()
    for alpha in (0.1, 0.37, 0.9):
        with torch.no_grad():
            right = float(call.values((baseline + alpha * (x - baseline),), torch.float64)[0])
        assert abs(charts.value_at(integral, alpha) - right) <= float(integral.error[0])


@pytest.mark.parametrize(("file", "words"), [("none/page.html", "the folder"), (".", "is a folder; name a file")])
def test_page_that_cannot_be_written_is_one_line(tmp_path: Path, file: str, words: str) -> None:
    status, out, err = run(folder_of("bert classifier"), "--text", TEXT, "--report", tmp_path / file)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err


def test_page_without_its_packages_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reference.check.command.main.missing", lambda: ("matplotlib",))
    status, _, err = run(folder_of("bert classifier"), "--text", TEXT, "--report", tmp_path / "page.html")
    assert status == 2
    assert err == "ig-conformance check: --report needs matplotlib: pip install 'ig-conformance[report]'\n"


@NEEDS_CHROMIUM
@pytest.mark.night
def test_page_of_512_tokens_is_not_wider_than_a_telephone(tmp_path: Path, answer: Explanation) -> None:
    assert width_of(page(stretched(answer, 512)), tmp_path) <= NARROW


@NEEDS_CHROMIUM
def test_table_fits_a_window_of_900_pixels(tmp_path: Path, answer: Explanation) -> None:
    long = replace(answer.columns[2], name="LIG bert.encoder.layer.0.attention.self.dropout")
    columns = [replace(one, quadrature=0 * one.scores + 0.000123, scores=-one.scores) for one in answer.columns[:2]]
    given = torch.full((answer.encoded.length,), -0.123456)
    found = replace(answer, columns=(*columns, replace(long, quadrature=0 * long.scores + 0.000123)), given=given)
    beyond = 'page.querySelector(".scroll").scrollWidth - page.querySelector(".scroll").clientWidth'
    assert measured(beyond, page(found), tmp_path, window=900) == 0


@pytest.mark.parametrize("shade", ["up", "down"])
def test_token_has_contrast_on_the_darkest_shade(shade: str) -> None:
    style = STYLE.read_text(encoding="utf-8")
    found = re.search(rf"--{shade}: (\d+), (\d+), (\d+)", style)
    share = re.search(rf"\.{shade} {{ background: rgba\(var\(--{shade}\), calc\((0\.\d+) \* var\(--part\)\)\)", style)
    assert found is not None
    assert share is not None
    full = [float(channel) for channel in found.groups()]
    for colours in schemes():
        mixed: list[float] = [
            float(share[1]) * one + (1 - float(share[1])) * paper
            for one, paper in zip(full, colours["paper"], strict=True)
        ]
        shaded: Colour = (mixed[0], mixed[1], mixed[2])
        assert contrast(colours["ink"], shaded) >= READABLE
