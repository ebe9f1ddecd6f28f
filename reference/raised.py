"""Who raised an error: the subject, or somebody by accident.

The bytecode says it. In the frame of a `raise`, and of an `assert`, the last instruction is RAISE_VARARGS. If torch's
C++ fails, the innermost frame is the line of the subject that called it, and its instruction is a call or an operator.
If torch's or transformers' Python, or a law's forward, raises, the innermost frame is theirs.

Anybody's package can be a subject, so a frame is the subject's unless it belongs to the standard library, to torch,
transformers or NumPy, or to this package. An accident that the subject catches and raises anew, by `raise Other(…) from
error` or `raise error`, is the subject's own; a bare `raise` passes the accident on. A subject in a compiled language
has no frame of its own: its adapter has to raise.
"""

from __future__ import annotations

import dis
import sys
import traceback
from types import FrameType

RAISE = dis.opmap["RAISE_VARARGS"]

LIBRARIES = frozenset({"torch", "functorch", "transformers", "numpy"})

OURS = __name__.rpartition(".")[0]
"""`reference`, or `ig_conformance.reference` in the wheel: what a law's forward belongs to."""


def raised_by_subject(error: BaseException) -> bool:
    """Whether a frame of the subject raised the error."""
    return any(
        _is_subjects(frame) and frame.f_code.co_code[instruction] == RAISE
        for frame, instruction in _frames(error)
        if 0 <= instruction < len(frame.f_code.co_code)
    )


def place_of(error: BaseException) -> str:
    """The file's name and line of the innermost frame."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown"


def _frames(error: BaseException) -> list[tuple[FrameType, int]]:
    """Each frame through which the error came, with the instruction that was running."""
    frames, entry = [], error.__traceback__
    while entry is not None:
        frames.append((entry.tb_frame, entry.tb_lasti))
        entry = entry.tb_next
    return frames


def _is_subjects(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    package = module.partition(".")[0]
    ours = module == OURS or module.startswith(f"{OURS}.")
    return not ours and package not in LIBRARIES and package not in sys.stdlib_module_names
