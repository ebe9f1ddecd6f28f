"""An error counts as the subject's if the subject raised it: by `raise` or `assert`, in whatever module and thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from operator import index

import pytest
import torch
from torch import nn

from reference.oracle.quadrature import rule
from reference.raised import place_of, raised_by_subject


def by_raise() -> None:
    raise ValueError("target")


def by_assert() -> None:
    assert torch.ones(1).sum() == 2, "target"


def by_finally() -> None:
    try:
        by_raise()
    finally:
        torch.ones(1)


@contextlib.contextmanager
def cleaned() -> Iterator[None]:
    try:
        yield
    finally:
        torch.ones(1)


def in_a_context() -> None:
    with cleaned():
        by_raise()


def in_a_hook() -> None:
    layer = nn.Identity()
    layer.register_forward_hook(lambda *given: by_raise())
    layer(torch.ones(1))


def in_a_thread() -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(by_raise).result()


def from_an_accident() -> None:
    try:
        torch.ones(2) + torch.ones(3)
    except RuntimeError as error:
        raise ValueError("target") from error


def accident_raised_again() -> None:
    try:
        nn.functional.cross_entropy(torch.ones(2), torch.ones(3))
    except (RuntimeError, ValueError) as error:
        raise error


def in_cpp() -> None:
    torch.ones(2) + torch.ones(3)


def in_python_of_torch() -> None:
    nn.Module().get_submodule("target")


def in_python() -> None:
    index(2.5)  # type: ignore[arg-type]


def in_a_loop() -> None:
    for _ in torch.tensor(1):
        pass


def in_an_attribute() -> None:
    _ = torch.ones(1).target  # type: ignore[attr-defined]


def in_our_package() -> None:
    rule("target", 1)


def accident_passed_on() -> None:
    try:
        in_cpp()
    except RuntimeError:
        torch.ones(1)
        raise


def accident_in_a_context() -> None:
    with cleaned():
        in_cpp()


def accident_in_a_thread() -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(in_cpp).result()


RAISED = (
    by_raise,
    by_assert,
    by_finally,
    in_a_context,
    in_a_hook,
    in_a_thread,
    from_an_accident,
    accident_raised_again,
)
ACCIDENTS = (
    in_cpp,
    in_python_of_torch,
    in_python,
    in_a_loop,
    in_an_attribute,
    in_our_package,
    accident_passed_on,
    accident_in_a_context,
    accident_in_a_thread,
)


@pytest.mark.parametrize("call", RAISED, ids=lambda call: call.__name__)
def test_error_that_the_subject_raises_is_its_own(call: Callable[[], None]) -> None:
    with pytest.raises((ValueError, AssertionError, RuntimeError)) as found:
        call()
    assert raised_by_subject(found.value)


@pytest.mark.parametrize("call", ACCIDENTS, ids=lambda call: call.__name__)
def test_error_out_of_torch_python_or_this_package_is_an_accident(call: Callable[[], None]) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError, RuntimeError)) as found:
        call()
    assert not raised_by_subject(found.value)


def test_place_of_an_error_is_the_line_of_its_innermost_frame() -> None:
    with pytest.raises(ValueError, match="target") as found:
        by_finally()
    assert place_of(found.value) == f"test_raised.py:{by_raise.__code__.co_firstlineno + 1}"
    assert place_of(ValueError()) == "unknown"
