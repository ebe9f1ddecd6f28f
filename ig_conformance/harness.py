"""A harness in any language as a process: JSON lines over its stdin and stdout, with a time limit for each answer."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from reference.vectors.results import BadResults, check_answer, check_declaration

VERSION = 1

END = object()
"""What the reader puts into the queue when stdout is closed."""

RESTARTS = 10
"""How often a harness is started again."""

CLOSING = 5.0
"""Seconds that a harness has to exit after `stop`, and after it closed its stdout."""


class HarnessError(Exception):
    """The harness gave no answer that can be read. The message is one line that says why."""


class Harness:
    """One process of a harness, which has started and declared what it is. Call `stop` at the end.

    Raises   HarnessError if the command does not start, or declares nothing
    """

    def __init__(self, command: str, seconds: float) -> None:
        self.seconds = seconds
        self._lines: queue.Queue[Any] = queue.Queue()
        self._errors: deque[str] = deque(maxlen=1)
        own_group: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
        try:
            self._process = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                **own_group,
            )
        except (OSError, ValueError, IndexError) as error:
            raise HarnessError(f"the command does not start: {error}") from error
        self._readers = [threading.Thread(target=one, daemon=True) for one in (self._read_answers, self._read_errors)]
        for reader in self._readers:
            reader.start()
        try:
            self.declaration = check_declaration(self._ask({"cmd": "start", "version": VERSION}).get("declaration"))
        except (BadResults, HarnessError) as error:
            self.kill()
            raise HarnessError(str(error)) from error

    def answer(self, name: str, problem: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one problem.

        Raises   HarnessError if it crashed, was too slow, closed its stdout, or wrote no answer to this problem
        """
        found = self._ask({"cmd": "problem", "id": name, "problem": problem})
        if found.pop("id", None) != name:
            raise HarnessError(f"the answer does not have the id {name!r}")
        try:
            check_answer(found)
        except BadResults as error:
            raise HarnessError(str(error)) from error
        return found

    def stop(self) -> None:
        """Let the process exit, and end it if it does not."""
        with contextlib.suppress(OSError, ValueError):
            self._send({"cmd": "stop"})
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSING)
        self.kill()

    def kill(self) -> None:
        """End the process, and what it started."""
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def _ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):  # what the harness wrote before it ended says more
            self._send(message)
        try:
            line = self._lines.get(timeout=self.seconds)
        except queue.Empty:
            raise HarnessError(f"no answer within {self.seconds:g} s") from None
        if line is END:
            raise HarnessError(self._ended())
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise HarnessError(f"its stdout has a line that is no JSON object: {line.strip()[:80]!r}")
        return found

    def _send(self, message: Mapping[str, Any]) -> None:
        if self._process.stdin:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _ended(self) -> str:
        try:
            status = self._process.wait(CLOSING)
        except subprocess.TimeoutExpired:
            return "it closed its stdout, but did not exit"
        self._readers[1].join(CLOSING)
        said = f"; the last line of its stderr: {self._errors[-1][:200]}" if self._errors else ""
        return f"it exited with status {status}{said}"

    def _read_answers(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in self._process.stdout or ():
                self._lines.put(line)
        self._lines.put(END)

    def _read_errors(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in self._process.stderr or ():
                if line.strip():
                    self._errors.append(line.strip())


def results_of(
    command: str, vectors: Mapping[str, Mapping[str, Any]], *, seconds: float, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The results of a harness on the vectors: its declaration, and an answer to each vector.

    A harness that gives no answer is started again for the next vector, up to `RESTARTS` times. `tell` gets one line
    for each such vector.
    Raises   HarnessError if the harness does not start the first time
    """
    first = Harness(command, seconds)
    harness: Harness | None = first
    answers: dict[str, Any] = {}
    lost = 0
    try:
        for name, vector in vectors.items():
            try:
                harness = harness or Harness(command, seconds)
                answers[name] = harness.answer(name, vector["problem"])
            except HarnessError as error:
                tell(f"{name}: {error}")
                answers[name] = {"no_answer": str(error)}
                if harness:
                    harness.kill()
                harness, lost = None, lost + 1
                if lost > RESTARTS:
                    tell(f"stopped: no answer to {lost} vectors; {len(vectors) - len(answers)} vectors were not sent")
                    break
    finally:
        if harness:
            harness.stop()
    return {"declaration": dict(first.declaration), "results": answers}
