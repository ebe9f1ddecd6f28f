"""Reproducers, proven both ways: 1 where the defect is present, 0 where it is not, with nothing of this project."""

from __future__ import annotations

import ast
import contextlib
import io
import shutil
import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from reference.laws import LAWS, Law
from reference.laws.rule import of_rule
from reference.models.bert import HEADS, TinyBert
from reference.models.versions import ATTENTIONS
from reference.oracle.expected import Oracle
from reference.oracle.quadrature import METHODS, fewest_nodes, rule
from reference.problem import Call, Problem, Tokens, Vectors
from reference.violation import Violation
from tests.report.reproducer import NoScript, script, write
from tests.report.script.bodies import BODIES
from tests.report.script.refusals import REFUSALS
from tests.subjects import load, textbook
from tests.subjects.captum.known_defects.purity import BAG
from tests.subjects.known_defects import KNOWN_DEFECTS, Modelled, defects_of
from tests.unit.running import typed

STANDALONE = {"__future__", "math", "re", "sys", "typing", "zlib", "captum", "numpy", "torch", "transformers"}

WITNESSES = [defect for defect in KNOWN_DEFECTS if defect.subject == "captum" and defect.law in BODIES]

FULL = Problem(
    model=TinyBert(
        hidden=4,
        heads=2,
        layers=2,
        intermediate=3,
        activation="silu",
        types=2,
        labels=3,
        eps=0.1,
        attention=ATTENTIONS[-1],
        weight_seed=5,
        weight_scale=0.5,
        variant="affine_embedding_norm",
    ),
    data=Tokens(
        ids=((0, 2, 3), (1, 1, 2)),
        baseline=((1, 1, 1), (0, 0, 0)),
        mask=((1, 1, 0), (1, 1, 1)),
        types=((0, 1, 0), (1, 1, 1)),
        positions=((0, 1, 2), (4, 3, 1)),
    ),
    call=Call(n_steps=3, target=(0, 2), dtype="float32", layer="bert.encoder.layer.0.attention.output"),
)
"""Everything that a problem can say, in a call that Captum gets right."""


def spoken_to(law: Law) -> Problem:
    """A problem that the law speaks of: laws about a call have a bag of tokens."""
    if law.name not in REFUSALS:
        return FULL
    return BAG.asking(layer="table" if law.domain == "bags_at_layers" else None)


KEPT = [
    name
    for name in BODIES
    if not any(defect.present() and defect.excludes(name, spoken_to(LAWS[name])) for defect in defects_of("captum"))
]
"""By Captum, on that problem."""


@dataclass(frozen=True)
class Outcome:
    """What a script said, its exit status, and the names it leaves."""

    status: int
    lines: list[str]
    names: dict[str, Any]


def run(text: str) -> Outcome:
    """The script, in this process: imports are paid once."""
    names: dict[str, Any] = {"__name__": "__main__"}
    said = io.StringIO()
    with contextlib.redirect_stdout(said), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(SystemExit) as left:
            exec(compile(text, "reproducer", "exec"), names)
    return Outcome(int(str(left.value.code)), said.getvalue().splitlines(), names)


def shown(law: str, problem: Problem, subject: Any) -> Outcome:
    return run(script(LAWS[law], problem, subject))


@pytest.fixture(scope="module")
def captum() -> Any:
    return load("captum")


def assert_shows_the_defect(outcome: Outcome) -> None:
    expected, got = outcome.lines
    assert outcome.status == 1
    assert expected.startswith("expected  ")
    assert got.startswith("got       ")
    assert expected.split()[1:2] != got.split()[1:2]


@pytest.mark.parametrize("defect", WITNESSES, ids=lambda defect: defect.id)
def test_the_script_of_a_known_defect_shows_it_where_it_is_present(defect: Any, captum: Any) -> None:
    outcome = shown(defect.law, defect.witness, captum)
    if defect.present():
        assert_shows_the_defect(outcome)
    else:
        assert outcome.status == 0


@pytest.mark.parametrize("law", KEPT)
def test_the_script_of_a_law_that_captum_keeps_shows_no_defect(law: str, captum: Any) -> None:
    problem = spoken_to(LAWS[law])
    LAWS[law](problem, Modelled(captum))
    outcome = shown(law, problem, Modelled(captum))
    assert outcome.status == 0, outcome.lines
    assert [line[:10] for line in outcome.lines] == ["expected  ", "got       "]


@pytest.mark.parametrize("law", ["input_attribution", "layer_attribution"])
def test_a_script_follows_the_rule_that_its_subject_is_known_to_follow(law: str, captum: Any) -> None:
    trapezoid = replace(FULL, call=Call(method="riemann_trapezoid", n_steps=2, target=(0, 2)))
    assert_shows_the_defect(shown(law, trapezoid, captum))
    assert shown(law, trapezoid, Modelled(captum)).status == 0


FAULTY = """
from their_copy import Textbook

class Faulty:
    name = "faulty"
    device = "cpu"

    def ig(self, *arguments, **options):
        return self.made_positive(Textbook.ig(*arguments, **options))

    def lig(self, *arguments, **options):
        return self.made_positive(Textbook.lig(*arguments, **options))

    def made_positive(self, answer):
        if isinstance(answer, tuple):
            return answer[0], answer[1] + 1
        return [part.abs() for part in answer] if isinstance(answer, list) else answer.abs()

class Crashing(Faulty):
    def made_positive(self, answer):
        raise TypeError("not today")

class Flat(Faulty):
    def made_positive(self, answer):
        return answer[0]

class Answering(Faulty):
    def ig(self, *arguments, **options):
        return "an answer to everything"

    lig = ig

class Unclear(Faulty):
    def ig(self, *arguments, **options):
        raise TypeError("not today")

    lig = ig
"""
"""Faults that happened in the field: abs, a delta that is not the attribution's; and the ways to give no number."""

CASES = [(law, case) for law in REFUSALS for case in LAWS[law].cases or ("",)]

SIGNED = replace(FULL, call=replace(FULL.call, method="riemann_middle"))


@pytest.fixture(scope="module")
def own_subjects(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder from which a copy of textbook, and faulty relatives of it, can be imported: not from this checkout."""
    folder = tmp_path_factory.mktemp("theirs")
    shutil.copytree(Path(textbook.__file__).parent, folder / "their_copy")
    (folder / "their_faults.py").write_text(FAULTY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder
    for module in [name for name in sys.modules if name.partition(".")[0] in ("their_copy", "their_faults")]:
        del sys.modules[module]


SEEN = [law for law in BODIES if law not in REFUSALS and LAWS[law].domain != "rule" and "agree" not in law]
"""The laws that see such faults: a rule's weights are positive, and abs on both sides is no disagreement."""


@pytest.mark.parametrize("law", BODIES)
def test_the_script_of_somebodys_own_healthy_subject_shows_no_defect(law: str, own_subjects: Path) -> None:
    subject = load("their_copy:Textbook")
    assert shown(law, spoken_to(LAWS[law]) if law in REFUSALS else SIGNED, subject).status == 0


@pytest.mark.parametrize("law", SEEN)
def test_the_script_of_somebodys_own_faulty_subject_shows_the_defect(law: str, own_subjects: Path) -> None:
    subject = load("their_faults:Faulty")
    with pytest.raises(Violation):
        LAWS[law](SIGNED, subject)
    assert_shows_the_defect(shown(law, SIGNED, subject))


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_the_script_of_a_call_to_be_refused_shows_an_answer_and_an_unclear_error(
    case: tuple[str, str], own_subjects: Path
) -> None:
    law, name = case
    problem = spoken_to(LAWS[law]).asking(case=name or None)
    for kind, got in (("Answering", "answered: str"), ("Unclear", "TypeError: not today")):
        subject = load(f"their_faults:{kind}")
        with pytest.raises(Violation):
            LAWS[law](problem, subject)
        outcome = shown(law, problem, subject)
        assert_shows_the_defect(outcome)
        assert outcome.lines[1] == f"got       {got}"
    assert shown(law, problem, load("their_copy:Textbook")).status == 0


@pytest.mark.parametrize("law", ["weights", "layer_delta", "joint_tables", "word_embeddings_agree_with_inputs_embeds"])
@pytest.mark.parametrize(("name", "words"), [("Crashing", "TypeError: not today"), ("Flat", "")])
def test_a_crash_and_a_wrong_shape_are_defects_too(law: str, name: str, words: str, own_subjects: Path) -> None:
    outcome = shown(law, SIGNED, load(f"their_faults:{name}"))
    assert outcome.status == 1
    assert len(outcome.lines) == 2
    assert words in "".join(outcome.lines)


def test_every_case_of_a_law_is_in_its_script() -> None:
    for law in REFUSALS:
        assert set(LAWS[law].cases) <= set(REFUSALS[law].cases(spoken_to(LAWS[law])))


def on(problem: Problem, **model: Any) -> Problem:
    return replace(problem, model=replace(problem.model, **model))


SPOKEN = {
    "smallest": Problem(model=TinyBert(), data=Tokens(ids=((0, 2),), baseline=((1, 1),))),
    "everything": FULL,
    "vectors": replace(FULL, data=replace(FULL.data, baseline=Vectors(seed=3, scale=0.5))),
    "own types at the baseline": replace(FULL, data=replace(FULL.data, baseline_types=((1, 1, 1), (0, 0, 0)))),
    **{f"head {head}": on(FULL, head=head, labels=2) for head in HEADS},
    "two choices": Problem(model=TinyBert(head="choice"), data=Tokens(ids=((0, 2, 1, 3),), baseline=((1, 1, 1, 1),))),
}


@pytest.mark.parametrize("spoken", SPOKEN)
def test_a_script_has_the_model_the_ends_and_the_answer_of_the_problem(spoken: str, captum: Any) -> None:
    problem = SPOKEN[spoken].asking(dtype="float64", layer=None)
    indices = problem.build().output_dims - 1
    index = 0 if problem.model.head == "choice" else 1
    one, other = (index,) * indices, (0,) * indices
    problem = problem.asking(target=index if indices == 1 else (one, other)[: problem.data.batch])
    setting, names = problem.build(), shown("input_attribution", problem, captum).names
    exact, entry = names["exact"], setting.layered
    for own, right in (
        (exact.inputs, entry.inputs),
        (exact.baselines, entry.baselines),
        (exact.x, setting.embeddings.inputs),
        (exact.baseline, setting.embeddings.baselines),
        (exact.forward(exact.inputs, *names["arguments"]), entry.forward(entry.inputs, *entry.additional)),
        (
            exact.forward(exact.baselines, *names["baseline_arguments"]),
            entry.forward(entry.baselines, *(entry.baseline_additional or entry.additional)),
        ),
    ):
        assert torch.equal(own, right)
    expected = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps)).ig()
    off = (names["expected"] - expected.attribution).abs().flatten(1).amax(1)
    assert bool((off <= expected.elements.value).all())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("more_steps", [0, 1, 6])
def test_the_rule_in_a_script_is_the_rule(method: str, more_steps: int, captum: Any) -> None:
    call = Call(method=method, n_steps=fewest_nodes(method) + more_steps)
    problem, right = Problem(call=call), rule(method, call.n_steps)
    names = shown("nodes", problem, captum).names
    for values, expected in ((names["nodes"], right.nodes), (names["node_weights"], right.weights)):
        off = (torch.tensor([list(values)], dtype=torch.float64) - torch.tensor([expected], dtype=torch.float64)).abs()
        assert bool((off <= of_rule(right, problem).value).all())


@pytest.mark.parametrize("law", ["weights", "joint_tables", "affine_embeddings_agree"])
def test_a_script_imports_nothing_of_this_project(law: str, captum: Any) -> None:
    nodes = list(ast.walk(ast.parse(script(LAWS[law], FULL, Modelled(captum)))))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= STANDALONE


def test_a_script_runs_alone_in_another_folder(tmp_path: Path, captum: Any) -> None:
    (defect,) = [defect for defect in WITNESSES if defect.id == "trapezoid-weights"]
    path = write(LAWS[defect.law], defect.witness, captum, folder=tmp_path, found="it is off")
    assert path is not None
    done = typed("-I", path.name, cwd=tmp_path, environment={})
    assert done.returncode == int(defect.present()), done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["expected", "got"]
    heading = path.read_text().splitlines()
    assert f"# problem   {defect.witness!r}" in heading
    assert "# found     it is off" in heading


def test_the_script_of_a_smaller_counterexample_takes_the_place_of_the_larger(tmp_path: Path, captum: Any) -> None:
    law, larger, smaller = LAWS["weights"], Problem(call=Call(n_steps=9)), Problem(call=Call(n_steps=3))
    first = write(law, larger, captum, folder=tmp_path)
    second = write(law, smaller, captum, folder=tmp_path, instead_of=first)
    assert write(law, smaller, captum, folder=tmp_path, instead_of=second) == second
    assert list(tmp_path.iterdir()) == [second]


@pytest.mark.parametrize(
    ("law", "problem", "subject"),
    [
        ("nodes", FULL, "textbook"),
        ("totals_agree", FULL, "textbook"),
        ("token_scores_differ", FULL, "captum"),
        ("inner_attribution", FULL.asking(layer=None), "captum"),
    ],
    ids=["subject of this checkout", "the same, for a law on no page", "law on a share of draws", "no layer named"],
)
def test_where_there_is_no_script_none_is_written(law: str, problem: Problem, subject: str, tmp_path: Path) -> None:
    with pytest.raises(NoScript):
        script(LAWS[law], problem, load(subject))
    assert write(LAWS[law], problem, load(subject), folder=tmp_path / "reproducers") is None
    assert not list(tmp_path.iterdir())
