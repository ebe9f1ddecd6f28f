"""What the command says follows from the figures that it prints."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
import torch

from reference.check.command import report
from reference.check.command.answer import Answer
from reference.check.command.explanation import Explanation
from reference.check.command.html import page
from reference.check.command.shares import of_largest
from reference.check.result import CheckResult, Verdict
from tests.unit.reference.check.command.asking import explained


@pytest.fixture(scope="module")
def answer() -> Explanation:
    return explained("bert classifier", "--target", 1)


@pytest.fixture(scope="module")
def shifted() -> Explanation:
    """PAD as the baseline shifts the positions of a RoBERTa."""
    return explained("roberta classifier", "--target", 1)


def table(found: Explanation) -> list[str]:
    return report.figures(found.objective, found.encoded, found.columns, found.ends)


def test_headline_gives_the_largest_error_bar_of_the_table(answer: Explanation) -> None:
    coarse = replace(answer.best, quadrature=torch.full_like(answer.best.quadrature, 0.1 * answer.best.largest))
    columns = tuple(coarse if column is answer.best else column for column in answer.columns)
    found = replace(answer, columns=columns)
    error = f"{coarse.worst:.1g}"
    assert f"known to ±{error} only, {100 * coarse.share:.1f}% of the largest score" in found.sentence
    assert any(f"± {error}" in line for line in table(found))
    assert found.sentence in html.unescape(page(found))


def test_largest_score_is_claimed_only_if_its_rank_is_certain(answer: Explanation) -> None:
    unsure = replace(answer.best, quadrature=torch.full_like(answer.best.quadrature, answer.best.largest))
    columns = tuple(unsure if column is answer.best else column for column in answer.columns)
    assert " has the largest score" in answer.sentence
    assert " may have the largest score" in replace(answer, columns=columns).sentence


@pytest.mark.parametrize(
    ("share", "words"), [(8.772, "8.8 times the"), (0.122, "12.2% of the"), (4e-5, "4e-05 of the")]
)
def test_share_above_one_is_a_number_of_times(share: float, words: str) -> None:
    assert of_largest(share) == f"{words} largest score"


def test_scores_that_cannot_be_judged_are_a_sentence_with_its_reason(answer: Explanation) -> None:
    result = CheckResult(verdict=Verdict.CANNOT_BE_JUDGED, why="rounding is too large")
    found = replace(answer, answer=Answer("LIG word table", result))
    assert found.sentence == "Your scores cannot be judged."
    assert "Why not: rounding is too large." in found.next_steps()


@pytest.mark.night
def test_path_that_starts_elsewhere_is_said_with_its_figures(shifted: Explanation) -> None:
    best, (end, start) = shifted.best, shifted.ends
    assert shifted.difference is not None
    assert abs(float(best.scores.sum()) - (best.end - best.start)) <= float(best.error.sum())
    assert abs(best.start - start) > best.rounding
    said = " ".join([*shifted.agreement.lines(), *shifted.next_steps()])
    assert "IG on inputs_embeds and LIG at the word table agree" in said
    assert "Use LIG at the word table, not IG" not in said
    assert f"add up to {best.end - best.start:+.6g}, not to F(x) − F(x') = {end - start:+.6g}" in said
    assert "the positions differ (roberta.embeddings.position_embeddings). Use --baseline mask." in said
    assert f"F changes by {best.end - best.start:+.4g}" in shifted.sentence
    assert any(line.split()[0] == "F(start)" for line in table(shifted) if line)
    assert f"The path of LIG word table starts at {best.start:.6g}." in page(shifted)


def test_path_that_starts_at_the_baseline_has_no_word_of_it() -> None:
    found = explained("roberta classifier", "--target", 1, "--baseline", "mask")
    assert found.agreement.start(found.best) is None
    assert not any(line.startswith("F(start)") for line in table(found))


def test_headings_of_long_names_stay_apart(answer: Explanation) -> None:
    name = "LIG bert.encoder.layer.0.attention.self.dropout"
    found = replace(answer, columns=(*answer.columns[:2], replace(answer.columns[2], name=name)))
    heads = next(line for line in table(found) if line.split()[:1] == ["token"])
    assert re.split(r"\s{2,}", heads.strip())[-2:] == ["LIG word table", name]
    widths = {len(line) for line in table(found) if "±" in line and not line.startswith("score")}
    assert {len(heads)} == widths
