"""The files of vectors follow their schema, explain their flags, and can show each mistake."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reference.vectors.files import FOLDER, files, flags, vectors

SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))

VECTORS = vectors()

WITHOUT_VALUE = {
    "NotZero",
    "SinglePrecision",
    "WrongShape",
    "NotFinite",
    "Unexplained",
    "ErrorOnValidCall",
    "NoAnswer",
}
"""Flags that the judge gives to any vector."""


def errors(definition: str, value: Any) -> list[str]:
    """What is wrong by a definition of the schema."""
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{definition}"}
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_file_follows_the_schema(path: Path) -> None:
    assert errors("vectors", json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("rule", {"method": "simpson", "n_steps": 3}),
        ("rule", {"method": "riemann_left", "n_steps": 0}),
        ("target", "first"),
        ("inputs", []),
        ("function", {"layers": [{"layer": "relu"}]}),
    ],
)
def test_schema_rejects_a_valid_problem_with_a_meaningless_argument(change: str, value: Any) -> None:
    problem = VECTORS["dense-01"]["problem"]
    assert errors("problem", problem) == []
    assert errors("problem", {**problem, change: value})


def test_there_are_300_vectors_with_ids_of_their_own() -> None:
    ids = Counter(one["id"] for path in files() for one in json.loads(path.read_text(encoding="utf-8"))["vectors"])
    assert len(ids) >= 300
    assert set(ids.values()) == {1}
    assert {vector["result"] for vector in VECTORS.values()} == {"valid", "invalid", "acceptable"}


def test_each_flag_is_explained_and_can_be_shown() -> None:
    used = Counter(flag for vector in VECTORS.values() for flag in vector["flags"])
    assert set(used) | WITHOUT_VALUE == set(flags())
    assert {flag for flag, count in used.items() if count < 2} == set()


def test_flags_of_a_valid_vector_are_its_mistakes() -> None:
    for vector in VECTORS.values():
        assert vector["result"] == "invalid" or vector["flags"] == sorted(vector["mistakes"])


def test_valid_twin_of_an_invalid_call_differs_in_one_argument_or_both_ends() -> None:
    for vector in VECTORS.values():
        if vector["result"] == "invalid":
            twin = VECTORS[vector["valid_twin"]]
            assert twin["result"] == "valid"
            changed = {key for key, value in vector["problem"].items() if value != twin["problem"][key]}
            assert len(changed) == 1 or changed == {"inputs", "baselines"}


def test_expected_number_has_17_digits() -> None:
    for path in files():
        for line in re.findall(r'"attributions": (.*)', path.read_text(encoding="utf-8")):
            for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", line):
                mantissa = number.lstrip("-").partition("e")[0].replace(".", "").lstrip("0")
                assert len(mantissa) in (0, 17), number


def test_page_explains_each_layer_and_links_each_file() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    kinds = (kind["properties"]["layer"] for kind in SCHEMA["$defs"]["layer"]["oneOf"])
    layers = {name for kind in kinds for name in kind.get("enum", [kind.get("const")])}
    assert {name for name in layers if f"`{name}`" not in page} == set()
    linked = set(re.findall(r"\]\(([\w/.]+)\)", page))
    assert {path.name for path in FOLDER.glob("*.json")} <= linked
    assert {f"harness/{path.name}" for path in (FOLDER / "harness").glob("*.*")} <= linked


def test_example_on_the_page_is_a_problem() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert errors("problem", json.loads(example)) == []
