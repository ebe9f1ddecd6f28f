"""`ig_conformance.testing.laws`: the laws as one test in another test suite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ig_conformance import testing
from ig_conformance.testing import Case, laws
from reference.laws import LAWS
from tests.plugin.night import some
from tests.subjects.textbook import Textbook

METHODS = ["gausslegendre", "riemann_left"]


class Doubled(Textbook):
    """Twice the attribution, under some methods."""

    name = "doubled"

    def __init__(self, *methods: str) -> None:
        super().__init__()
        self.methods, self.calls = methods or METHODS, 0

    def ig(self, *ends: Any, method: str = "gausslegendre", **options: Any) -> Any:
        self.calls += 1
        result = Textbook.ig(*ends, method=method, **options)
        return 2 * result if method in self.methods else result


class WithoutLayers:
    def ig(self, forward: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        return Textbook.ig(forward, inputs, baselines, **options)


class Crashing:
    def ig(self, forward: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        raise ZeroDivisionError("in my own code")


class Zeros(Textbook):
    """Zeros of the right shape, with their delta."""

    def ig(self, *ends: Any, **options: Any) -> Any:
        return tuple(0 * part for part in Textbook.ig(*ends, **options))

    def lig(self, *ends: Any, **options: Any) -> Any:
        return tuple(0 * part for part in Textbook.lig(*ends, **options))


class WrongOnce(Textbook):
    """Simulates a race: only the first result is wrong."""

    calls = 0

    def ig(self, *ends: Any, **options: Any) -> Any:
        self.calls += 1
        result = Textbook.ig(*ends, **options)
        return 2 * result if self.calls == 1 else result


def cases(test: Callable[..., None]) -> dict[str, Case]:
    """The cases of the test by their ids, as pytest collects them."""
    (mark,) = test.pytestmark  # type: ignore[attr-defined]
    return {mark.kwargs["ids"](case): case for case in mark.args[1]}


def run(case: str, subject: Any, **options: Any) -> None:
    test = laws(subject, **options)
    test(cases(test)[case])


def failure(case: str, subject: Any, **options: Any) -> str:
    with pytest.raises(pytest.fail.Exception) as failed:
        run(case, subject, **options)
    return str(failed.value)


def test_primary_law_has_one_case_per_method() -> None:
    found = cases(laws(Textbook(), methods=METHODS))
    asking = [law for law in LAWS.values() if law.needs]
    each = [law.name for law in asking if law.primary and law.share == 1]
    once = [law.name for law in asking if not law.primary or law.share < 1]
    assert sorted(found) == sorted([*once, *(f"{name}[{method}]" for name in each for method in METHODS)])


@pytest.mark.parametrize("case", some(["nodes[riemann_left]", "input_attribution[gausslegendre]", "linearity"]))
def test_right_subject_passes(case: str) -> None:
    run(case, Textbook(), methods=METHODS)


def test_failure_shows_law_subject_smallest_problem_and_versions() -> None:
    text = failure("input_attribution[gausslegendre]", Doubled())
    assert "got " in text
    for line in ("law       value/input_attribution: IG on inputs_embeds", "subject   doubled", "versions  torch "):
        assert f"\n  {line}" in text
    assert "\n  problem   Problem(model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),)))\n" in text


def test_crash_shows_the_traceback_of_the_subject() -> None:
    text = failure("input_attribution[gausslegendre]", Crashing())
    assert "a valid call raised ZeroDivisionError: in my own code" in text
    assert 'raise ZeroDivisionError("in my own code")\n' in text


@pytest.mark.parametrize("name", ["weights[riemann_left]", "weights"])
def test_known_defect_is_an_expected_failure(name: str) -> None:
    with pytest.raises(pytest.xfail.Exception, match="factor 2"):
        run("weights[riemann_left]", Doubled("riemann_left"), methods=METHODS, known={name: "factor 2"})


def test_known_defect_that_passes_fails() -> None:
    text = failure("weights[gausslegendre]", Doubled("riemann_left"), methods=METHODS, known={"weights": "factor 2"})
    assert text == "known defect no longer fails: remove weights[gausslegendre] from `known` (factor 2)"


def test_known_defect_of_one_method_excuses_no_other() -> None:
    assert "rule/weights" in failure("weights[gausslegendre]", Doubled(), known={"nodes[gausslegendre]": "other"})


def listing(tmp_path: Path, severity: str, law: str = "weights", expires: str = "") -> Path:
    file = tmp_path / "known.toml"
    file.write_text(f'[[known]]\nlaw = "{law}"\nseverity = "{severity}"\nreason = "factor 2"\n{expires}')
    return file


def test_violation_that_a_list_predicts_is_an_expected_failure(tmp_path: Path) -> None:
    with pytest.raises(pytest.xfail.Exception, match="factor 2"):
        run("weights[gausslegendre]", Doubled(), known=listing(tmp_path, "silent wrong number"))


def test_list_excuses_no_other_severity(tmp_path: Path) -> None:
    known = listing(tmp_path, "crash on a valid call")
    assert "rule/weights" in failure("weights[gausslegendre]", Doubled(), known=known)


def test_entry_of_a_list_excuses_nothing_after_its_last_day(tmp_path: Path) -> None:
    known = listing(tmp_path, "silent wrong number", expires="expires = 2020-01-01")
    assert "rule/weights" in failure("weights[gausslegendre]", Doubled(), known=str(known))


def test_entry_of_a_list_fails_if_the_law_passes(tmp_path: Path) -> None:
    known = listing(tmp_path, "silent wrong number")
    text = failure("weights[gausslegendre]", Textbook(), known=known)
    assert text == f"known defect no longer fails: remove weights from {known}"


def test_list_that_cannot_be_read_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown severity 'wrong'"):
        laws(Doubled(), known=listing(tmp_path, "wrong"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"known": {"two_thread": ""}}, "unknown name 'two_thread' in `known`: did you mean 'two_threads'?"),
        (
            {"known": {"nodes[riemann_left]": ""}},
            "unknown name 'nodes[riemann_left]' in `known`: choose one of nodes, nodes[gausslegendre]",
        ),
        ({"methods": ["gausslegend"]}, "unknown name 'gausslegend' in `methods`: did you mean 'gausslegendre'?"),
    ],
)
def test_unknown_name_is_an_error_at_once(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match="unknown name") as error:
        laws(Textbook(), **options)
    assert str(error.value) == text


@pytest.mark.parametrize("methods", [[], (), "gausslegendre"])
def test_methods_that_are_no_list_of_names_are_an_error(methods: Any) -> None:
    with pytest.raises(ValueError, match="`methods` must be a list of at least one of riemann_left"):
        laws(Textbook(), methods=methods)


def test_class_in_place_of_an_instance_is_an_error() -> None:
    subject: Any = Textbook
    with pytest.raises(TypeError, match=r"write laws\(Textbook\(\), \.\.\.\)"):
        laws(subject)


def test_subject_that_laws_cannot_call_is_an_error_at_once() -> None:
    with pytest.raises(TypeError, match="object has none of the methods"):
        laws(object())


@pytest.mark.parametrize(
    ("case", "subject", "reason"),
    [
        ("layer_attribution[gausslegendre]", WithoutLayers(), "the subject has no lig"),
        ("additivity", Textbook(), "Gauss–Legendre is not composite"),
    ],
)
def test_known_law_that_does_not_apply_fails(case: str, subject: Any, reason: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"not applicable: {reason}"):
        run(case, subject)
    assert f"{case} does not apply ({reason}): remove it" in failure(case, subject, known={case: "no matter"})


def test_law_that_could_not_fail_does_not_pass() -> None:
    said = r"not informative: (\d+) of \1 problems were not informative: the numbers compared are 0 \(\1\)"
    with pytest.raises(pytest.skip.Exception, match=said):
        run("same_call_twice[gausslegendre]", Zeros())


def test_failing_law_is_not_tried_after_the_time_for_shrinking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "SHRINKING", 0.0)
    subject = Doubled()
    assert "value/input_attribution" in failure("input_attribution[gausslegendre]", subject)
    assert subject.calls == 1


def test_law_that_fails_once_fails_even_if_retried() -> None:
    assert "value/input_attribution" in failure("input_attribution[gausslegendre]", WrongOnce())


@pytest.mark.night
def test_statistical_law_fails_after_more_failures_than_allowed() -> None:
    class AtTheInput(Textbook):
        """LIG is IG on the input, so that their token scores never differ."""

        calls = 0

        def lig(self, forward: Any, layer: Any, inputs: Any, baselines: Any, **options: Any) -> Any:  # type: ignore[override]
            self.calls += 1
            return Textbook.lig(forward, layer.LayerNorm, inputs, baselines, attribute_to_layer_input=True, **options)

    subject = AtTheInput()
    assert "token_scores_differ" in failure("token_scores_differ", subject)
    assert subject.calls < 30  # of a hundred draws


@pytest.mark.night
def test_share_of_draws_excuses_no_crash() -> None:
    class FailsOnce(Textbook):
        calls = 0

        def lig(self, *given: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == 3:
                raise RuntimeError("out of luck")
            return Textbook.lig(*given, **options)

    assert "out of luck" in failure("token_scores_differ", FailsOnce())


def test_session_settings_stay_and_nothing_is_stored(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = repr(settings())
    failure("weights[gausslegendre]", Doubled())
    assert repr(settings()) == before
    assert list(tmp_path.iterdir()) == []
