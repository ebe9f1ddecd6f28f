"""`ig-conformance run --command`: an implementation in any language, with its mistakes and its manners."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from ig_conformance.command import main
from ig_conformance.harness import RESTARTS
from reference.vectors.files import FOLDER, vectors
from tests.plugin.night import some
from tests.unit.command import harnesses
from tests.unit.command.harnesses import EXAMPLE, MISTAKES


def command(*arguments: str) -> str:
    return shlex.join([sys.executable, *arguments])


def planted(name: str) -> str:
    return command(str(harnesses.__file__), name)


def group_of(flag: str) -> str:
    return {"GeluByTanh": "zero", "InvalidSteps": "calls"}.get(flag, "rules")


def test_example_in_numpy_passes_all_vectors(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    assert main(["run", "--command", command(str(EXAMPLE)), "--results", str(results)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].endswith(" passed, 0 failed, 0 skipped, 0 missing")
    assert lines[-1].startswith("verdict   numpy-autograd 1 passes ")
    assert main(["vectors", "check", str(results)]) == 0
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.night
def test_example_in_javascript_passes_and_skips_gelu(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--command", shlex.join(["node", str(EXAMPLE.with_name("node.mjs"))])]) == 0
    skipped, counts, verdict = capsys.readouterr().out.splitlines()
    gelu = sum('"gelu"' in json.dumps(vector["problem"]) for vector in vectors().values())
    assert skipped == f"skipped   {gelu}: JavaScript has no erf for gelu"
    assert counts == f"vectors   {len(vectors()) - gelu} passed, 0 failed, {gelu} skipped, 0 missing"
    assert verdict.startswith("verdict   node ")


@pytest.mark.parametrize("flag", some(MISTAKES, every=6))
def test_planted_mistake_gets_its_flag_and_no_other(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--command", planted(flag), "--group", group_of(flag)]) == 1
    failing = [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if line.startswith("FAILS")]
    assert failing == [f"FAILS     {flag}"]


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        ("crashes", "it exited with status 3; the last line of its stderr: Traceback: out of luck"),
        ("prints garbage", "its stdout has a line that is no JSON object: 'step 1 of 50'"),
        ("prints a number", "its stdout has a line that is no JSON object: '3'"),
        ("hangs", "no answer within 10 s"),
        ("closes its stdout", "it closed its stdout, but did not exit"),
        ("answers another problem", "the answer does not have the id 'riemann-left-2'"),
        ("answers nothing", "an answer must have one of attributions, skipped, failed; got []"),
    ],
)
@pytest.mark.night
def test_problem_without_an_answer_is_one_line_and_the_next_is_tried(
    manner: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--command", planted(manner), "--group", "rules", "--seconds", "10"]) == 1
    shown = capsys.readouterr()
    assert shown.err == f"no answer riemann-left-2: {said}\n"
    assert f"  vector  riemann-left-2: {said}\n" in shown.out
    assert "0 passed, 1 failed, 38 skipped, 0 missing" in shown.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--command", "no-such-program-here"], "the command does not start: "),
        (["--command", ""], "the command does not start: "),
        (["--command", "'"], "the command does not start: No closing quotation"),
        (["--command", command("-c", "print('hello')")], "its stdout has a line that is no JSON object: 'hello'"),
        (["--command", command("-c", "print('{}')")], "the declaration must be an object with a name"),
        (["--command", command("-c", "")], "it exited with status 0"),
        (["--command", command("-c", "input(); input()"), "--seconds", "0.5"], "no answer within 0.5 s"),
        (["--command", "any", "--group", "nothing"], "unknown group 'nothing': choose from attention, "),
        (["--command", "any", "--seconds", "0"], "--seconds must be above 0; got 0"),
        (
            ["--command", "any", "--results", "/no/x.json"],
            "--results: cannot write /no/x.json; name a file in a folder",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_run_that_cannot_start_is_one_line_and_status_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"ig-conformance run: {said}")
    assert shown.err.count("\n") == 1


def test_harness_that_always_crashes_is_not_started_forever(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    start = json.dumps({"declaration": {"name": "short-lived"}})
    script = tmp_path / "harness.py"
    script.write_text(f"input()\nprint({start!r}, flush=True)\ninput()\n", encoding="utf-8")
    assert main(["run", "--command", command(str(script)), "--group", "rules"]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("it exited with status 0\n") == RESTARTS + 1
    assert f"stopped: no answer to {RESTARTS + 1} vectors; 28 vectors were not sent" in shown.err
    assert "28 missing" in shown.out


@pytest.mark.night
def test_invalid_and_expected_values_are_not_sent(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script, log = tmp_path / "harness.py", tmp_path / "log"
    script.write_text(
        f"""
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    open({str(log)!r}, "a").write(line)
    print(json.dumps({{"declaration": {{"name": "log"}}, "id": message.get("id"), "skipped": "no"}}), flush=True)
""",
        encoding="utf-8",
    )
    assert main(["run", "--command", command(str(script)), "--group", "calls"]) == 2
    sent = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert sent[0] == {"cmd": "start", "version": 1}
    assert sent[-1] == {"cmd": "stop"}
    assert {tuple(message) for message in sent[1:-1]} == {("cmd", "id", "problem")}
    keys = {"function", "inputs", "baselines", "target", "rule"}
    assert all(set(message["problem"]) == keys for message in sent[1:-1])


@pytest.mark.night
def test_page_shows_the_report_of_a_planted_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--command", planted("TrapezoidOverN")]) == 1
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "".join(capsys.readouterr().out.splitlines(keepends=True)[:3]) in page
