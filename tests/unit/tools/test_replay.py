"""`python -m tests.tools.replay` replays a printed problem, and runs no other code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from reference.laws import LAWS, Law
from reference.models.saved import Directory, Text, Trained
from reference.problem import Call, Problem
from strategies.domain import DOMAINS, problems_for
from tests.plugin.night import some
from tests.power.faults.canaries import CANARIES
from tests.power.faults.fault import Fault
from tests.report.parsing import BadProblem, problem_from
from tests.subjects import load
from tests.subjects.captum.known_defects.rule import RULE
from tests.subjects.known_defects import KnownDefect
from tests.tools.replay import assert_replayable, main
from tests.unit.installed import skip_unless_applies
from tests.unit.running import typed
from tests.unit.strategies.drawing import simplest

PRESENT = [defect for defect in RULE if defect.present()]

SMALL = "Problem(model=TinyBert(), data=Tokens(ids=((0, 2),), baseline=((1, 1),)), call=Call(n_steps=2))"


@pytest.mark.parametrize("domain", some(DOMAINS))
def test_repr_of_a_problem_is_parsed_to_that_problem(domain: str) -> None:
    @settings(max_examples=10)
    @given(problem=DOMAINS[domain](None))
    def comes_back(problem: Problem) -> None:
        assert problem_from(repr(problem)) == problem

    comes_back()


@pytest.mark.parametrize("model", [Trained(package="a_package"), Directory(path="a/folder", attention="sdpa")])
def test_repr_of_a_problem_on_trained_weights_is_parsed(model: Trained | Directory) -> None:
    problem = Problem(model=model, data=Text(text='it\'s "so"', other="ça"), call=Call(target=None))
    assert problem_from(repr(problem)) == problem


def test_problem_with_other_spaces_and_lines_is_parsed() -> None:
    assert problem_from("\n Problem(\n  call=Call( n_steps = 3,),\n)\n") == Problem(call=Call(n_steps=3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Problem(", "not a Python expression"),
        ("", "not a Python expression"),
        ("Call(n_steps=2)", "expected Problem(…)"),
        ("Problem(call=Cal(n_steps=2))", "unknown name 'Cal': did you mean 'Call'?"),
        ("Problem(call=Call(steps=2))", "Call has no field 'steps': did you mean 'n_steps'?"),
        ("Problem(call=Call(n_steps='2'))", "Call.n_steps must be int"),
        ("Problem(call=Call(n_steps=True))", "Call.n_steps must be int"),
        ("Problem(call=Call(n_steps=1 + 1))", "neither a literal nor"),
        ("Problem(call=Call(n_steps=2, n_steps=3))", "is given 'n_steps' twice"),
        ("Problem(None, None)", "keyword arguments only"),
        ("Problem(**{})", "keyword arguments only"),
        ("Problem(data=Tokens(ids=((0, 0.5),), baseline=((1, 1),)))", "Tokens.ids must be"),
        ("Problem(data=Tokens(ids=((0, 1),)))", "'baseline'"),
        ("(" * 1000 + ")" * 1000, "not a Python expression"),
    ],
)
def test_text_that_is_not_a_problem_raises_one_clear_line(text: str, words: str) -> None:
    with pytest.raises(BadProblem) as raised:
        problem_from(text)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('pathlib').Path({file!r}).touch()",
        "Problem(model=__import__('pathlib').Path({file!r}).touch())",
        "Problem(model=[open({file!r}, 'w') for _ in (1,)])",
        "Problem(data=Tokens(ids=((open({file!r}, 'w'),),), baseline=((1,),)))",
        "(lambda: open({file!r}, 'w'))()",
    ],
)
def test_code_in_the_text_is_not_run(text: str, tmp_path: Path) -> None:
    file = tmp_path / "made"
    with pytest.raises(BadProblem):
        problem_from(text.format(file=str(file)))
    assert not file.exists()


@pytest.mark.parametrize("defect", some(PRESENT), ids=lambda defect: defect.id)
def test_known_defect_fails_in_the_unmodelled_subject_only(
    defect: KnownDefect, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [repr(defect.witness), "--law", defect.law]
    assert main([*command, "--without-known-defects"]) == 1
    assert f"[{defect.severity.words}]" in capsys.readouterr().out
    assert main(command) == (defect.rule is None)
    assert (f"known     {defect.id}: fails as predicted" in capsys.readouterr().out) == (defect.rule is None)


@pytest.mark.parametrize("fault", CANARIES, ids=lambda fault: fault.name)
def test_replay_plants_a_fault_for_one_run(fault: Fault, capsys: pytest.CaptureFixture[str]) -> None:
    law, name = fault.law, fault.name
    command = [repr(fault.witness), "--law", law]
    assert main([*command, "--fault", name]) == 1
    said = capsys.readouterr().out
    assert said.startswith(
        f"VIOLATED  {LAWS[law].group}/{law} by textbook with the fault {name!r} [silent wrong number]\n"
    )
    assert f"\nproblem   {fault.witness!r}\n" in said
    assert main([*command, "--subject", "textbook"]) == 0
    assert capsys.readouterr().out.startswith(f"PASSES    {LAWS[law].group}/{law} by textbook: worst error/budget ")


@pytest.mark.parametrize("law", some(LAWS.values()), ids=lambda law: law.name)
def test_problem_of_every_law_can_be_replayed(law: Law) -> None:
    skip_unless_applies(law)
    problem = simplest(problems_for(law))
    assert problem_from(repr(problem)) == problem
    assert_replayable(law, problem, load("textbook"))


ONLY_IG = "from tests.subjects.textbook import Textbook\nclass OnlyIg:\n    ig = staticmethod(Textbook.ig)\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([SMALL, "--law", "weigths"], "unknown law 'weigths': did you mean 'weights'?"),
        ([SMALL, "--law", "nodes", "--subject", "capum"], "unknown subject 'capum'"),
        ([SMALL, "--law", "layer_attribution", "--subject", "only_ig:OnlyIg"], "subject only_ig:OnlyIg has no lig"),
        ([SMALL, "--law", "nodes", "--fault", "left for write"], "did you mean 'left for right'?"),
        (
            [SMALL, "--law", "nodes", "--fault", "left for right", "--subject", "captum"],
            "--fault needs --subject textbook",
        ),
        (["Problem()", "--law", "input_attribution"], "has no model and data"),
        ([SMALL.replace("((1, 1),)", "Vectors()"), "--law", "joint_tables"], "needs token ids as baseline"),
        (
            [SMALL.replace("TinyBert()", "TinyBert(hidden=4, heads=3)"), "--law", "input_delta"],
            "does not run: ValueError",
        ),
        ([SMALL.replace("((0, 2),)", "((0, 9),)"), "--law", "input_delta"], "does not run: IndexError"),
        ([SMALL.replace("n_steps=2", "target=7"), "--law", "input_delta"], "does not run: IndexError"),
        (["Problem(call=Call(dtype='float31'))", "--law", "nodes"], "did you mean 'float32'?"),
        (["Problem(call=Call(method='simpson'))", "--law", "nodes"], "unknown method 'simpson'"),
        (["Problem(call=Call(method='riemann_trapezoid'))", "--law", "nodes"], "needs n_steps >= 2"),
        (["Problem", "--law", "nodes"], "neither a literal nor"),
    ],
)
def test_meaningless_replay_raises_one_clear_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "only_ig.py").write_text(ONLY_IG)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("replay: ")
    assert said.err.count("\n") == 1
    assert words in said.err


def test_missing_option_is_an_error_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main([SMALL])
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.night
def test_replay_writes_a_script_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = [
        "Problem(call=Call(method='riemann_trapezoid', n_steps=2))",
        "--law",
        "weights",
        "--without-known-defects",
    ]
    main(command)
    assert not list(tmp_path.iterdir())
    main([*command, "--script"])
    (script,) = Path("reproducers").glob("weights-*.py")
    assert f"\nscript    {script}\n" in capsys.readouterr().out


def test_law_on_a_share_of_draws_has_no_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    main([repr(simplest(problems_for(LAWS["token_scores_differ"]))), "--law", "token_scores_differ", "--script"])
    assert "\nscript    none\n" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.night
def test_replay_runs_as_the_violation_prints_it() -> None:
    command = (
        "Problem(call=Call(method='riemann_right', n_steps=3))",
        "--law",
        "rule/nodes",
        "--without-known-defects",
    )
    done = typed("-m", "tests.tools.replay", *command, environment={})
    assert done.returncode == 1, done.stderr
    assert "VIOLATED  rule/nodes by captum [silent wrong number]" in done.stdout
