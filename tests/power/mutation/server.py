"""A child process for each mutant, forked when everything except the subject is imported. It imports the mutant."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from types import CodeType
from typing import Any

PATIENCE = 5
"""Wall-clock seconds for each CPU second of a child's limit, because other processes use the machine too."""

MEMORY = 16 << 30
"""Limit in bytes: a mutated loop must not use up the memory of the machine."""


@dataclass(frozen=True)
class ChildResult:
    """The result of a child, or what ended it, and the CPU seconds that it used."""

    result: Any
    ended_by: str | None
    seconds: float


def in_child(work: Callable[[], Any], limit: float) -> ChildResult:
    """Run `work` in a child process with a limit in CPU seconds. Its result must be JSON."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve(work, writing, limit)
    os.close(writing)
    said, late = _heard(reading, limit * PATIENCE)
    os.close(reading)
    if late:
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)):
        return ChildResult(None, "timeout", seconds)
    if os.WIFSIGNALED(status):
        return ChildResult(None, signal.Signals(os.WTERMSIG(status)).name, seconds)
    try:
        return ChildResult(**json.loads(said), seconds=seconds)
    except ValueError:
        return ChildResult(None, f"exit {os.waitstatus_to_exitcode(status)}", seconds)


def planted(module: str, path: str, source: str) -> None:
    """Make `import module` run `source`, in this process, from now on."""
    sys.meta_path.insert(0, _Finder(module, path, source))


def forget(package: str) -> None:
    """Unload a package, so that it is imported anew. The packages that it imported stay loaded."""
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, module: str, path: str, source: str) -> None:
        self.module, self.path, self.source = module, path, source

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.module:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=_Loader(name, self.path, self.source))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, module: str, path: str, source: str) -> None:
        super().__init__(module, path)
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec")


def _serve(work: Callable[[], Any], writing: int, limit: float) -> None:
    """Send the result and exit. No exit handler of the parent may run."""
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(limit), ceil(limit) + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        said = {"result": work(), "ended_by": None}
    except BaseException as error:  # a mutant may raise anything
        said = {"result": None, "ended_by": type(error).__name__}
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as pipe:
        json.dump(said, pipe)
    os._exit(0)


def _heard(reading: int, seconds: float) -> tuple[bytes, bool]:
    """All bytes from the pipe until it is closed, and whether that took too long."""
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    while select.select([reading], [], [], max(0.0, end - time.monotonic()))[0]:
        part = os.read(reading, 1 << 16)
        if not part:
            return b"".join(parts), False
        parts.append(part)
    return b"", True
