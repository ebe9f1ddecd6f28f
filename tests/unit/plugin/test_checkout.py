"""`--captum PATH` tests a checkout instead of the installed captum, and reports the defects that the checkout fixed.

The checkout is a stub that calls `textbook`, so it has none of Captum's defects.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from reference.laws import laws_of
from reference.observing import Event, observed
from reference.oracle.quadrature import rule
from tests.subjects import checkout
from tests.subjects.captum.known_defects.rule import RULE
from tests.subjects.known_defects import Modelled, entries_of
from tests.subjects.textbook import Textbook
from tests.unit.plugin.test_bad_input import assert_one_clear_line
from tests.unit.running import suite, typed

ATTRIBUTION = """
from tests.subjects.textbook import Textbook

class IntegratedGradients:
    def __init__(self, forward, multiply_by_inputs=True):
        self.forward, self.multiply_by_inputs = forward, multiply_by_inputs

    def attribute(self, inputs, **options):
        return Textbook.ig(self.forward, inputs, multiply_by_inputs=self.multiply_by_inputs, **options)

class LayerIntegratedGradients(IntegratedGradients):
    def __init__(self, forward, layer, multiply_by_inputs=True):
        super().__init__(forward, multiply_by_inputs)
        self.layer = layer

    def attribute(self, inputs, **options):
        options["multiply_by_inputs"] = self.multiply_by_inputs
        return Textbook.lig(self.forward, self.layer, inputs, **options)
"""
TWICE = "(1 + (options['method'] == 'riemann_trapezoid' and options['n_steps'] > 2))"


def made(folder: Path, number: str = "0.10.0.dev0", attribution: str = ATTRIBUTION) -> Path:
    """A checkout of captum, with a folder `tests` of its own, as upstream's has."""
    for package, text in {
        "captum": f'import captum.attr as attr\n\n__version__: str = "{number}"\n',
        "captum/attr": attribution,
        "tests": "raise ImportError('the tests of the checkout, not those of this suite')",
    }.items():
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text(text)
    return folder


Run = tuple[Path, str, dict[str, Any]]


TRIED = [
    *RULE,
    *(
        defect
        for defect in entries_of("captum")
        if defect.id in ("unused-input", "shared-mask", "unclear-bool-baseline")
    ),
]
"""Known defects of several groups, with witnesses that need no BERT, because importing BERT takes longest."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Some laws and witnesses on a checkout that fixed all defects, in one worker. Returns folder, output, verdict."""
    folder = made(tmp_path_factory.mktemp("their checkout"))
    options = ("--captum", str(folder), "-n", "1", "--verdict-json", str(folder / "json"))
    witnesses = " or ".join(defect.id for defect in TRIED)
    done = suite(*options, "-k", f"witness_still and ({witnesses}) or test_laws and (rule or shared_mask)")
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    return folder, done.stdout, json.loads((folder / "json").read_text())


@pytest.mark.night
def test_header_names_the_checkout_and_its_version(run: Run) -> None:
    folder, said, verdict = run
    assert verdict["versions"]["captum"] == f"0.10.0.dev0 from {folder}"
    assert f"captum 0.10.0.dev0 from {folder}" in said


@pytest.mark.night
def test_defect_fixed_in_the_checkout_is_reported_as_fixed_upstream(run: Run) -> None:
    _, said, verdict = run
    present = [defect.id for defect in TRIED if "0.10" in SpecifierSet(defect.versions)]
    assert [defect["id"] for defect in verdict["known_defects"]] == present
    assert {(defect["witnessed"], defect["fixed"]) for defect in verdict["known_defects"]} == {(False, True)}
    assert all(f"FIXED UPSTREAM: {name}: " in said for name in present)


@pytest.mark.night
def test_rule_of_a_fixed_defect_is_no_longer_modelled(run: Run) -> None:
    _, _, verdict = run
    names = [*(law.name for law in laws_of("rule")), "shared_mask"]
    assert {law["law"]: law["outcome"] for law in verdict["laws"]} == dict.fromkeys(names, "passes")


@pytest.mark.night
def test_fix_for_the_witness_alone_is_a_violation(tmp_path: Path) -> None:
    folder = made(tmp_path, attribution=ATTRIBUTION.replace("return Textbook.ig", f"return {TWICE} * Textbook.ig"))
    done = suite("--captum", str(folder), "-n", "0", "-k", "trapezoid and (test_laws and rule or witness_still)")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert "FIXED UPSTREAM: trapezoid-weights" in done.stdout
    assert "[silent wrong number] rule/weights" in done.stdout
    assert f"--law weights --subject captum --captum {folder}\n" in done.stdout
    (script,) = re.findall(r"\n      PYTHONPATH=\. python (reproducers/weights-\S+)\n", done.stdout)
    shown = typed(script, environment={})
    assert (shown.returncode, shown.stderr) == (1, "")
    assert shown.stdout.startswith("VIOLATED  [silent wrong number] ")


@pytest.mark.night
def test_replay_runs_a_problem_on_the_checkout(tmp_path: Path) -> None:
    trapezoid = "Problem(call=Call(method='riemann_trapezoid', n_steps=3))"
    command = ("-m", "tests.tools.replay", trapezoid, "--law", "weights", "--without-known-defects")
    fixed = typed(*command, "--captum", str(made(tmp_path)), environment={})
    assert fixed.returncode == 0, fixed.stderr
    assert f"captum 0.10.0.dev0 from {tmp_path}," in fixed.stdout


@pytest.mark.parametrize(("number", "present"), [("0.7.0", False), ("0.8.0.dev0", True), ("0.10.0a0+git12", True)])
def test_development_version_has_the_defects_of_its_release(
    number: str, present: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "version", lambda package: number)
    (since_08,) = [defect for defect in RULE if defect.versions == ">=0.8"]
    assert since_08.present() == present


class TrapezoidOverN:
    """A subject with a defect of Captum, which counts as the class of Captum's adapter."""

    name, distribution, device = "captum", "captum", "cpu"
    __module__ = "tests.subjects.captum.adapter"

    def ig(self, *arguments: Any, method: str, n_steps: int, **options: Any) -> Any:
        share = (n_steps - 1) / n_steps if method == "riemann_trapezoid" else 1
        return share * Textbook.ig(*arguments, method=method, n_steps=n_steps, **options)


@pytest.mark.parametrize(
    ("versions", "found"), [(">=0.1", True), (">=0.10", True), (">=0.1,<0.9", False), (">=0.1,<0.10", True)]
)
def test_checkout_has_the_defects_whose_witness_fails(
    versions: str, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout has the version of the last release, here 0.9.0, until the next release."""
    monkeypatch.setattr(checkout, "version", lambda package: "0.9.0")
    monkeypatch.setattr(checkout, "folder", lambda distribution: Path("a checkout"))
    (changed,) = [replace(defect, versions=versions) for defect in RULE if defect.id == "trapezoid-weights"]
    assert changed.found_in(TrapezoidOverN()) == found
    assert not changed.found_in(Textbook())


def test_witnesses_of_a_checkout_add_nothing_to_a_law(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "version", lambda package: "0.9.0")
    monkeypatch.setattr(checkout, "folder", lambda distribution: Path("a checkout"))
    subject = Modelled(TrapezoidOverN())
    seen: list[Event] = []
    with observed(seen.append):
        assert subject.rule("riemann_trapezoid", 3) != rule("riemann_trapezoid", 3)
    assert not seen


@pytest.mark.night
def test_folder_without_captum_is_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        assert_one_clear_line(suite("--captum", str(path)), "--captum", f"{path} has no captum/__init__.py")


def test_checkout_with_an_invalid_version_is_a_usage_error(tmp_path: Path) -> None:
    assert_one_clear_line(suite("--captum", str(made(tmp_path, number="main"))), "--captum", "'main'", "__version__")


@pytest.mark.night
def test_checkout_that_cannot_be_imported_is_a_usage_error(tmp_path: Path) -> None:
    folder = made(tmp_path, attribution="raise RuntimeError('two\\nlines')")
    assert_one_clear_line(suite("--captum", str(folder), "-n", "2"), "'captum' cannot be loaded", "two lines")


@pytest.mark.night
def test_checkout_is_a_usage_error_after_another_captum_was_imported(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import captum")
    (tmp_path / "captum.py").write_text("")
    folder = made(tmp_path / "checkout")
    done = suite("--captum", str(folder), importable=tmp_path)
    assert_one_clear_line(done, "--captum", "was imported from", str(tmp_path / "captum.py"))
