"""Profiles, global random state and threads: how the suite is run."""

from __future__ import annotations

from tests.power.breakage.breaks import of

PROFILES = "tests/unit/plugin/test_profiles.py"
RANDOMNESS = "tests/unit/strategies/test_randomness_owned.py"
THREADS = "tests/unit/strategies/test_threads.py"

BREAKS = (
    *of(
        "tests/plugin/profiles.py",
        PROFILES,
        (
            "pr draws at random",
            '"pr", parent=common, max_examples=50, derandomize=True',
            '"pr", parent=common, max_examples=50',
        ),
        (
            "the night replays one set",
            "2000, derandomize=False, database=kept",
            "2000, derandomize=True, database=None",
        ),
        ("the night keeps nothing", "2000, derandomize=False, database=kept", "2000, derandomize=False, database=None"),
        ("the night has Hypothesis's own parent", '"nightly", parent=common,', '"nightly",'),
        (
            "finds are not tried again",
            "2000, derandomize=False, database=kept)",
            "2000, database=kept, phases=[Phase.generate])",
        ),
        ("dev tries 40", '"dev", parent=common, max_examples=50', '"dev", parent=common, max_examples=40'),
    ),
    *of(
        "reference/oracle/path_integral.py",
        RANDOMNESS,
        ("the oracle draws from torch", "    terms = weights * (", "    torch.rand(1)\n    terms = weights * ("),
    ),
    *of(
        "reference/models/weights.py",
        RANDOMNESS,
        (
            "a model draws from random",
            "    with torch.no_grad():\n        for name",
            "    with torch.no_grad():\n        __import__('random').random()\n        for name",
        ),
    ),
    *of(
        "reference/laws/completeness.py",
        RANDOMNESS,
        ("a law draws from NumPy", "    expected = ", "    __import__('numpy').random.rand()\n    expected = "),
    ),
    *of(
        "tests/plugin/randomness.py",
        RANDOMNESS,
        ("NumPy is not looked at", '    "numpy.random": ("get_state", "set_state"),\n', ""),
        ("examples are not looked at", "if handle is not None:", "if False:"),
        ("a state is not put back", "                getattr(sys.modules[name], GENERATORS[name][1])(state)\n", ""),
    ),
    *of(
        "conftest.py",
        THREADS,
        ("threads are as many as cores", 'os.environ.setdefault("OMP_NUM_THREADS", "1")\n', ""),
        (
            "the user's threads do not count",
            'os.environ.setdefault("OMP_NUM_THREADS", "1")',
            'os.environ["OMP_NUM_THREADS"] = "1"',
        ),
        ("torch is imported before", '\nos.environ.setdefault("OMP', '\nimport torch\nos.environ.setdefault("OMP'),
    ),
    *of(
        "tests/unit/strategies/threads.py",
        THREADS,
        ("two threads compute something else", "return input_path(", "return torch.get_num_threads() * input_path("),
    ),
)
