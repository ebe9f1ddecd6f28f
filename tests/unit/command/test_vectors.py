"""`ig-conformance vectors`: the check of results, and the export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ig_conformance.command import main
from reference.vectors.files import FOLDER, vectors


def written(folder: Path, text: str) -> str:
    path = folder / "results.json"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_wrong_answer_gives_status_1_and_says_what_to_repair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {name: {"skipped": "slow"} for name in vectors()}
    wrong = {"attributions": vectors()["riemann-trapezoid-3"]["mistakes"]["TrapezoidOverN"]}
    results = {"declaration": {"name": "mine"}, "results": {**answers, "riemann-trapezoid-3": wrong}}
    assert main(["vectors", "check", written(tmp_path, json.dumps(results))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAILS     TrapezoidOverN: Trapezoid weights are 1/n")
    assert lines[1] == "  repair  n nodes have n - 1 intervals: use 1/(n - 1), and half of it at both ends."
    assert lines[2].startswith("  vector  riemann-trapezoid-3: example 0, element ")
    assert lines[3] == f"skipped   {len(answers) - 1}: slow"
    assert lines[-1] == f"verdict   mine passes 0 of {len(answers)} vectors and fails TrapezoidOverN"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"declaration": {"name": "mine"}, "results": 3}'])
def test_file_that_is_no_result_gives_status_2_and_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vectors", "check", written(tmp_path, text)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("ig-conformance vectors: ")
    assert shown.err.count("\n") == 1


def test_missing_file_gives_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vectors", "check", str(tmp_path / "none.json")]) == 2
    assert "none.json cannot be read" in capsys.readouterr().err


def test_export_has_vectors_schema_page_and_harnesses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "vectors"
    assert main(["vectors", "export", str(folder)]) == 0
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert names == {
        *(path.name for path in FOLDER.glob("*.json")),
        "README.md",
        "harness/jax_grad.py",
        "harness/node.mjs",
        "harness/numpy_autograd.py",
    }
    assert all((folder / name).read_bytes() == (FOLDER / name).read_bytes() for name in names)
    assert capsys.readouterr().out == f"{len(names)} files in {folder}\n"


def test_export_to_a_place_that_cannot_be_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["vectors", "export", str(tmp_path / "file" / "folder")]) == 2
    err = capsys.readouterr().err
    assert err.startswith("ig-conformance vectors: cannot write to ")
    assert err.count("\n") == 1


def test_export_writes_over_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    assert main(["vectors", "export", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]
    assert "is not an empty folder" in capsys.readouterr().err
