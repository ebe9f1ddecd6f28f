"""Count how often the check names a planted mistake: `python -m tests.tools.mistakes --tries 100`.

Each mistake is planted in numbers of random models of seven families. A try counts if the mistake moves the numbers by
more than ten budgets. `--trained` takes the trained models of `tests/unit/reference/check/cases.py` whose package is
installed, and `--subject NAME` the numbers of another subject. Right numbers and noise must have no mistake named:
`python -m tests.tools.mistakes --tries 0 --right 2000` counts those alone, and prints each one that has.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from typing import Any

import torch

from reference.check import CheckResult, Verdict, check_integrated_gradients
from tests.subjects import load
from tests.subjects.textbook import Textbook
from tests.tools.progress import progress, say
from tests.unit.reference.check.cases import FAMILIES, TRAINED, Case, case
from tests.unit.reference.check.planted import PLANTED, noise, of_mistake

DTYPES = {"float32": torch.float32, "float64": torch.float64}
TEN_BUDGETS = 10.0


def checked(given: Case, numbers: object) -> CheckResult:
    """The answer to the numbers of a case."""
    return check_integrated_gradients(given.forward, *given.ends(), numbers, **given.call())


def recognised(name: str, family: str, seed: int, dtype: torch.dtype, subject: Any = Textbook) -> bool | None:
    """Whether the mistake is named; None if the case does not have it, or if it moves the numbers too little."""
    given, numbers = of_mistake(name, family, seed, dtype, subject)
    if numbers is None:
        return None
    result = checked(given, numbers)
    if result.worst is None or not result.worst > TEN_BUDGETS:
        return None
    return name in {mistake.name for mistake in result.mistakes}


def main() -> int:
    """Print a line for each mistake; return the number of mistakes that are recognised too rarely, or wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=100)
    parser.add_argument("--right", type=int, default=2000)
    parser.add_argument("--trained", action="store_true", help="trained models instead of random ones")
    parser.add_argument("--subject", default="textbook", help="who makes the numbers")
    parser.add_argument("--mistake", choices=PLANTED, action="append")
    options = parser.parse_args()
    installed = [name for name, model in TRAINED.items() if find_spec(model.package)]
    families = list(product(installed if options.trained else FAMILIES, DTYPES))
    if not families:
        parser.error(f"no trained model is installed: {', '.join(model.package for model in TRAINED.values())}")
    subject: Any = load(options.subject, "cpu")
    failures = 0
    for name in options.mistake or PLANTED:
        found: Counter[str] = Counter()
        missed: list[tuple[str, int, str]] = []
        for seed in progress(range(options.tries), f"tries of {name}"):
            family, dtype = families[seed % len(families)]
            outcome = recognised(name, family, seed, DTYPES[dtype], subject)
            found["recognised" if outcome else "too small" if outcome is None else "missed"] += 1
            if outcome is False:
                missed.append((family, seed, dtype))
        counted = found["recognised"] + found["missed"]
        failures += found["recognised"] < 0.95 * counted
        print(
            f"{name:34} {found['recognised']} of {counted}, {found['too small']} not counted  {missed[:4]}", flush=True
        )
    if options.mistake:
        return failures
    named: Counter[str] = Counter()
    for seed in progress(range(options.right), "right numbers"):
        family, dtype = families[seed % len(families)]
        given = replace(case(family, seed, dtype=DTYPES[dtype]), subject=subject)
        result = checked(given, given.numbers())
        wrong = result.verdict not in (Verdict.RIGHT, Verdict.NOT_CONVERGED) or bool(result.mistakes)
        named["right numbers"] += wrong
        if wrong:
            say(f"right numbers, {family} {dtype} seed {seed}: {result}")
        if seed % 10 == 0:
            for size in (1e-3, 1.0):
                judged = checked(given, noise(given, size))
                named["noise"] += bool(judged.mistakes)
                if judged.mistakes:
                    say(f"noise of {size:g}, {family} {dtype} seed {seed}: {judged}")
        if seed % 100 == 99:
            say(f"{seed + 1} right numbers: {dict(named)}")
    print(f"mistakes named on {options.right} right numbers: {named['right numbers']}; on noise: {named['noise']}")
    return failures + sum(named.values())


if __name__ == "__main__":
    sys.exit(main())
