"""A subject cannot make its own budget larger: the precision of products is read before it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from reference.laws import LAWS
from reference.models.bert import TinyBert
from reference.oracle import precision
from reference.oracle.oracle import Oracle
from reference.oracle.precision import at_start, highest
from reference.oracle.quadrature import rule
from reference.problem import Call, Problem, Tokens
from tests.subjects.textbook import Textbook
from tests.unit.running import CHECKOUT, typed

PROBLEM = Problem(
    model=TinyBert(hidden=6, heads=2),
    data=Tokens(ids=((2, 3, 1), (3, 3, 2)), baseline=((0, 0, 0), (0, 1, 0))),
    call=Call(n_steps=4, dtype="float32"),
)


def by_backend(allowed: str) -> None:
    """The switch of one backend, which torch has since 2.9."""
    torch.backends.mkldnn.matmul.fp32_precision = allowed  # type: ignore[attr-defined]


LOOSENED: list[Callable[[], None]] = [lambda: torch.set_float32_matmul_precision("medium")]
if hasattr(torch.backends.mkldnn, "matmul"):
    LOOSENED.append(lambda: by_backend("bf16"))


@pytest.fixture(params=LOOSENED)
def loosen(request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    before = torch.get_float32_matmul_precision()
    yield request.param
    if hasattr(torch.backends.mkldnn, "matmul"):
        by_backend("ieee")
    torch.set_float32_matmul_precision(before)


class Loosening(Textbook):
    """Ten per cent off, after it allowed torch to multiply in bfloat16."""

    def __init__(self, loosen: Callable[[], None]) -> None:
        super().__init__()
        self.loosen = loosen

    def ig(self, *arguments: Any, **options: Any) -> Any:
        self.loosen()
        return 1.1 * super().ig(*arguments, **options)


def test_subject_that_loosens_precision_and_is_ten_per_cent_off_fails(loosen: Callable[[], None]) -> None:
    law = LAWS["input_attribution"]
    with pytest.raises(law.violation, match="rounding in float32"):
        law(PROBLEM, Loosening(loosen))


def test_precision_at_the_start_is_not_what_is_set_later(loosen: Callable[[], None]) -> None:
    loosen()
    assert {at_start(device) for device in ("cpu", "cuda:0")} == {"highest"}


THEIRS = """
import torch

torch.set_float32_matmul_precision("medium")


class Theirs:
    def ig(self, forward, inputs, baselines=None, **options): ...
"""


@pytest.mark.night
def test_precision_at_the_start_is_not_what_a_subject_sets_on_import(tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_text(THEIRS)
    asked = (
        "from tests.subjects import load; load('theirs:Theirs'); import torch; "
        "from reference.oracle.precision import at_start; print(torch.get_float32_matmul_precision(), at_start('cpu'))"
    )
    done = typed("-c", asked, environment={"PYTHONPATH": f"{CHECKOUT}{os.pathsep}{tmp_path}"})
    assert done.stdout.split() == ["medium", "highest"], done.stderr


def test_oracle_multiplies_in_float32_and_restores_the_setting(loosen: Callable[[], None]) -> None:
    loosen()
    before = settings()
    met: list[tuple[str, ...]] = []
    nodes = rule("gausslegendre", 2)
    oracle = Oracle.of(PROBLEM, nodes).entering(
        lambda entry: type(entry)(**{**vars(entry), "forward": noting(entry.forward, met)})
    )
    oracle.ig()
    oracle.lig(oracle.float64.layers_in_order[0])
    assert met
    with highest():
        in_force = settings()
    assert {*met} == {in_force}
    assert settings() == before


def settings() -> tuple[str, ...]:
    """What torch allows now."""
    switches = [switch for name in precision.BACKENDS if (switch := precision._switch(name)) is not None]
    if switches:
        return tuple(switch.fp32_precision for switch in switches)
    return (torch.get_float32_matmul_precision(),)


def noting(forward: Callable[..., Tensor], met: list[tuple[str, ...]]) -> Callable[..., Tensor]:
    def noted(*arguments: Any) -> Tensor:
        met.append(settings())
        return forward(*arguments)

    return noted
