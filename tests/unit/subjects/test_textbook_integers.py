"""Textbook takes every kind of integer for n_steps, internal_batch_size and target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from reference.oracle.quadrature import METHODS
from tests.subjects.textbook import Textbook

X = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(3, 2)
TABLE = torch.nn.Identity()

INTEGERS = (np.int64, np.int32, np.uint8, torch.tensor, lambda value: torch.tensor(value, dtype=torch.uint8))


def forward(x: Tensor) -> Tensor:
    return TABLE(x).exp().cumsum(1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("integer", INTEGERS, ids=("np.int64", "np.int32", "np.uint8", "0-d tensor", "0-d uint8"))
def test_integer_of_any_kind_gives_the_result_of_an_int(method: str, integer: Any) -> None:
    for lig in (False, True):

        def call(number: Any, lig: bool = lig) -> list[Tensor]:
            given: dict[str, Any] = {"method": method, "return_convergence_delta": True}
            given |= {"n_steps": number(4), "internal_batch_size": number(5), "target": number(1)}
            return list(Textbook.lig(forward, TABLE, X, **given) if lig else Textbook.ig(forward, X, **given))

        for got, expected in zip(call(integer), call(int), strict=True):
            assert torch.equal(got, expected)
