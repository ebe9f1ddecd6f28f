"""A forward that is no function of one example is named as such, and the check leaves nothing behind."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reference.check import CheckResult, Verdict, check_integrated_gradients, check_layer_integrated_gradients
from tests.subjects.textbook import Textbook

with torch.random.fork_rng():
    torch.manual_seed(0)
    X = torch.randn(3, 6)
    SERIES = torch.randn(2, 3, 12)


def seeded(parts: Callable[[], list[nn.Module]]) -> nn.Sequential:
    """The parts in a row, in eval mode, with the same weights in every run."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = nn.Sequential(*parts()).eval()
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) / 2)
    return model


def two_layers() -> nn.Sequential:
    return seeded(lambda: [nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2)])


def right(forward: Any, x: Tensor = X, **given: Any) -> Tensor:
    numbers: Tensor = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=20, **{"target": 1, **given})
    return numbers


def check(forward: Any, numbers: Any, x: Tensor = X, **given: Any) -> CheckResult:
    return check_integrated_gradients(forward, x, None, numbers, **{"target": 1, "n_steps": 20, **given})


class Counting(nn.Module):
    """Counts its calls in buffers, in an attribute, and by assigning anew; its value does not depend on that."""

    added: Tensor
    assigned: Tensor
    whole: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.last = 0, torch.zeros(1)
        self.inner = two_layers()
        self.register_buffer("added", torch.zeros(1), persistent=False)
        self.register_buffer("assigned", torch.zeros(1))
        self.register_buffer("whole", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.last = x
        self.added += 1
        self.whole += 1
        self.assigned = self.assigned + 1
        found: Tensor = self.inner(x)
        return found

    def state(self) -> list[Any]:
        return [self.calls, self.last, *(one for one in self.buffers()), *(float(one) for one in self.buffers())]


@pytest.mark.parametrize("hidden", [False, True], ids=["in the closure", "in a dict"])
def test_state_of_a_model_is_as_before_after_a_check(hidden: bool) -> None:
    model = Counting()
    numbers = right(model.inner)
    models = {"model": model}
    before = model.state()
    forward = (lambda x: models["model"](x)) if hidden else (lambda x: model(x))
    result = check(forward, numbers, model=None if hidden else model)
    assert result.right, result
    assert [one is other or one == other for one, other in zip(before, model.state(), strict=True)] == [True] * 8


@pytest.mark.parametrize("rows", [1, 3])
def test_batch_norm_in_train_mode_is_named_and_not_moved(rows: int) -> None:
    model = seeded(lambda: [nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 2)]).train()
    before = copy.deepcopy(model.state_dict())
    result = check(lambda x: model(x), X[:rows], X[:rows], model=model)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "BatchNorm is in train mode (1): call model.eval()" in result.why
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.training


def test_rows_that_influence_each_other_are_no_cut_gradient() -> None:
    result = check(seeded(lambda: [nn.Linear(6, 3), nn.Softmax(0)]), X)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "rows influence each other: F(x) of example" in result.why


def test_random_numbers_go_on_as_before_after_active_dropout() -> None:
    model = seeded(lambda: [nn.Linear(6, 64), nn.Dropout(0.5), nn.Linear(64, 2)]).train()
    with torch.random.fork_rng():
        before = torch.get_rng_state()
        result = check(model, X)
        assert torch.equal(torch.get_rng_state(), before)
    assert "dropout is active (1); call model.eval()" in result.why


def test_noise_is_not_called_dropout_for_a_dropout_that_does_not_run() -> None:
    model = seeded(lambda: [nn.Linear(6, 2), nn.Dropout(0.5)]).train()
    with torch.random.fork_rng():
        result = check(lambda x: nn.functional.dropout(model[0](x).repeat(1, 64)).unflatten(1, (64, 2)).sum(1), X)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "it draws random numbers" in result.why
    assert "dropout is active" not in result.why


@pytest.mark.parametrize("often", [1, 3, 4, 5])
def test_number_that_changes_in_a_later_run_is_blamed_on_nothing_else(often: int) -> None:
    runs: list[int] = []

    def forward(x: Tensor) -> Tensor:
        runs.append(1)
        return x.pow(2).sum(1) * (1 + (len(runs) > often))

    result = check(forward, X, target=None)
    assert result.verdict is not Verdict.RIGHT
    assert not any(words in result.why for words in ("rows influence", "detached"))
    assert not any("no_grad" in remark for remark in result.remarks)


@pytest.mark.parametrize("frozen", [False, True])
def test_fast_path_under_no_grad_is_a_remark_on_right_numbers(frozen: bool) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=True).eval().requires_grad_(not frozen)
        x = torch.randn(2, 6, 8)
    mask = torch.tensor([[0, 0, 0, 0, 1, 1], [0] * 6]).bool()

    def forward(given: Tensor, padding: Tensor) -> Tensor:
        found: Tensor = model(given, src_key_padding_mask=padding).mean(1)
        return found

    numbers = right(forward, x, additional_forward_args=(mask,))
    result = check(forward, numbers, x, additional_forward_args=(mask,), accuracy=None)
    assert result.right, result
    assert any("forward gives another value under no_grad" in remark for remark in result.remarks)
    result = check(forward, 1.1 * numbers, x, additional_forward_args=(mask,), accuracy=None)
    assert result.verdict is Verdict.WRONG
    assert "detached" not in result.why


def series_model() -> nn.Sequential:
    return seeded(lambda: [nn.Conv1d(3, 4, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(48, 3)])


@pytest.mark.parametrize("keepdim", [False, True])
def test_sums_over_the_channels_of_a_series_are_right(keepdim: bool) -> None:
    model = series_model()
    numbers = right(model, SERIES)
    result = check(model, numbers.sum(1, keepdim=keepdim), SERIES)
    assert result.right, result
    assert any("sums over dimension 1, the channels" in remark for remark in result.remarks)
    assert "time " in check(model, 1.1 * numbers.sum(1) + 1e-3, SERIES).why
    assert check(model, numbers.sum(2), SERIES).right


def test_sums_over_the_last_dimension_of_images_are_said_to_be_of_columns() -> None:
    model = seeded(lambda: [nn.Conv2d(3, 2, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(32, 3)])
    images = torch.linspace(-2, 2, 96).reshape(2, 3, 4, 4).cos()
    numbers = right(model, images)
    result = check(model, numbers.sum(-1), images)
    assert result.right, result
    assert any("Images (batch, channel, row, column) are summed over dimension 1" in one for one in result.remarks)
    assert not check(model, numbers.sum(1), images).remarks


def test_numbers_of_no_accepted_shape_name_the_accepted_ones() -> None:
    with pytest.raises(ValueError, match=r"without the last dimension \(2, 3\), or sums over the channels \(2, 12\)"):
        check(series_model(), torch.zeros(2, 5), SERIES)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=["float16", "bfloat16"])
@pytest.mark.parametrize("how", ["told", "not told", "as float32", "as a list"])
def test_right_numbers_cast_to_16_bits_are_right_to_that_precision(dtype: torch.dtype, how: str) -> None:
    model = two_layers()
    given: Any = right(model).to(dtype)
    given = given.float() if how == "as float32" else given.tolist() if how == "as a list" else given
    told: dict[str, Any] = {} if how == "not told" else {"method": "gausslegendre"}
    result = check(model, given, **told)
    assert result.right, result
    assert f"right to the precision of {str(dtype)[6:]}" in result.why


def test_wrong_number_cast_to_16_bits_is_wrong() -> None:
    model = two_layers()
    numbers = right(model)
    moved = numbers.half()
    moved[1, 2] += 2 * torch.finfo(torch.float16).eps * moved[1, 2].abs()
    result = check(model, moved, method="gausslegendre")
    assert result.verdict is Verdict.WRONG
    assert "example 1, index 2" in result.why


def cast_at_the_end(model: nn.Module) -> Any:
    return lambda x: model(x).float()


def cast_at_the_start(model: nn.Module) -> Any:
    return lambda x: model(x.to(torch.float32))


def raw_tensors(model: nn.Module) -> Any:
    first, _, last = (getattr(part, "weight", None) for part in model.children())
    weights: list[Any] = [first, last]
    weights = [weight.detach().clone() for weight in weights]
    return lambda x: (weights[1] @ (x @ weights[0].T).tanh().T).T


@pytest.mark.parametrize("forward_of", [cast_at_the_end, cast_at_the_start, raw_tensors])
def test_forward_that_needs_float32_is_judged(forward_of: Any) -> None:
    forward = forward_of(two_layers())
    numbers = right(forward)
    result = check(forward, numbers)
    assert result.right, result
    assert check(forward, 1.01 * numbers).verdict is Verdict.WRONG
    assert torch.get_default_dtype() == torch.float32


def test_model_that_forward_does_not_use_is_named() -> None:
    models = {"model": two_layers()}
    result = check(lambda x: models["model"](x), right(models["model"]), model=two_layers())
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "forward does not use model=" in result.why


def test_forward_that_uses_the_weights_of_model_alone_is_judged() -> None:
    model = seeded(lambda: [nn.Linear(6, 2)])
    weight: Any = model[0].weight
    forward = lambda x: nn.Softplus()(x @ weight.T)  # noqa: E731
    assert check(forward, right(forward), model=model).right


def test_inputs_without_a_batch_are_named_with_the_error_of_torch() -> None:
    model = seeded(lambda: [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2)])
    result = check(model, torch.zeros(3, 8, 8), torch.ones(3, 8, 8))
    assert "forward does not run with these inputs in float32: ValueError: expected 4D input" in result.why
    assert "must be the batch" in result.why


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (two_layers()[0], "forward never calls the layer Linear: is it a layer of another model"),
        (nn.ModuleList([nn.Tanh()]), "a ModuleList is never called itself"),
    ],
    ids=["of another model", "ModuleList"],
)
def test_layer_that_is_never_called_is_named(layer: nn.Module, words: str) -> None:
    result = check_layer_integrated_gradients(two_layers(), layer, X, None, X, target=1)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert words in result.why


def test_number_that_is_nan_is_named() -> None:
    model = two_layers()
    numbers = right(model)
    numbers[1, 4] = torch.nan
    result = check(model, numbers)
    assert result.verdict is Verdict.WRONG
    assert result.why == "example 1, index 4: the number is nan; 1 of 18 numbers are not finite"
    assert result.remarks == ()
