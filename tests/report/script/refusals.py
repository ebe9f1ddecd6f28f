"""Calls that mean nothing, as code: by law the names that a refusal says, and what each case changes in the call.

The code uses `CALL`, the problem's own call, and `tried`, its model; the cases are those of the law, in its words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reference.laws.errors.calls import RETURNED
from reference.laws.errors.data import INPUTS
from reference.problem import Problem
from tests.report.script.case import NoScript

Cases = Callable[[Problem], Mapping[str, str]]

LAYER = ("layer", "module")
ALONE = '"baselines": None, "additional_forward_args": None'
NO_ARGUMENTS = '"additional_forward_args": (None,)'
TOKEN_MORE = 'torch.cat([CALL["baselines"], CALL["baselines"][:, :1]], dim=1)'
EXAMPLE_MORE = 'torch.cat([CALL["baselines"], CALL["baselines"][:1]])'
RUN = 'CALL["forward"](*given)'


@dataclass(frozen=True)
class Refusal:
    """The names, one of which the error must say, and the cases of a problem."""

    names: tuple[str, ...]
    cases: Cases

    def lines(self, problem: Problem) -> list[str]:
        """NAMES and CASES as a script has them."""
        asked = problem.call.asked(self.cases(problem))
        return [
            f"NAMES = {list(self.names)}",
            "CASES = {",
            *(f"    {what!r}: {{{changed}}}," for what, changed in asked.items()),
            "}",
        ]


def always(**cases: str) -> Cases:
    """The same cases of every problem; underscores in their names stand for blanks."""
    return lambda problem: {name.replace("_", " "): changed for name, changed in cases.items()}


def values(name: str, *given: object) -> Cases:
    """The argument with each of the values."""
    return lambda problem: {f"{name}={value!r}": f"{name!r}: {value!r}" for value in given}


def out_of_range(problem: Problem) -> Mapping[str, str]:
    labels, batch = problem.model.labels, problem.data.batch
    return values("target", labels, -labels - 1, [0] * (batch - 1) + [labels])(problem)


def misfit(problem: Problem) -> Mapping[str, str]:
    batch = problem.data.batch
    tensor = f"torch.tensor({[0] * (batch + 1)})"
    return {
        **values("target", None, [0] * (batch + 1), [0] * (batch - 1), (0, 0), 0.5)(problem),
        f"target={tensor}": f'"target": {tensor}',
        **{
            f"one index in a {name} for a table of outputs": f'"target": {each}, '
            f'"forward": lambda *given: {RUN}.unsqueeze(-1)'
            for name, each in (("tensor", f"torch.tensor({[0] * batch})"), ("list", [0] * batch))
        },
    }


def integers(problem: Problem) -> Mapping[str, str]:
    ids = '"inputs": tried.inputs, "baselines": tried.baselines'
    vectors = f"seen.to(DTYPE).unsqueeze(-1).expand(-1, -1, {problem.model.hidden})"
    return {
        "token ids": f'"forward": tried.model, {ids}',
        "token ids that the forward casts back": f'"forward": lambda ids, *mask: tried.model(ids.long(), *mask), {ids}',
        "a bool mask": f'"forward": lambda seen, *mask: tried.forward({vectors}, *mask), '
        '"inputs": tried.inputs > 0, "baselines": None',
    }


def mask_among(kind: str) -> str:
    """(embeddings, mask) as inputs, the mask in that dtype."""
    mask = f"torch.ones_like(tried.inputs, dtype={kind})"
    return (
        f'"inputs": (tried.x, {mask}), "baselines": (tried.baseline, torch.zeros_like({mask})), '
        '"additional_forward_args": ()'
    )


def by_name(problem: Problem) -> Mapping[str, str]:
    if problem.call.layer is None:
        raise NoScript("the call names no layer")
    text = repr(problem.call.layer)
    return {
        "a text": f'"layer": {text}',
        "an empty list": '"layer": []',
        "a text in the list": f'"layer": [CALL["layer"], {text}]',
    }


REFUSALS = {
    "n_steps_positive": Refusal(("step",), values("n_steps", 0, -1)),
    "n_steps_whole": Refusal(("step",), values("n_steps", 2.5)),
    "method_known": Refusal(("method",), values("method", "riemann", "Gausslegendre", "simpson", "")),
    "target_in_range": Refusal(("target",), out_of_range),
    "target_fits": Refusal(("target",), misfit),
    "internal_batch_size_positive": Refusal(
        ("internal_batch_size", "batch size"), values("internal_batch_size", 0, -3, 2.5)
    ),
    "forward_rows": Refusal(
        RETURNED,
        always(
            its_first_row=f'"forward": lambda *given: {RUN}[:1]',
            the_mean_of_its_rows=f'"forward": lambda *given: {RUN}.mean(0, keepdim=True)',
        ),
    ),
    "forward_one_value": Refusal(
        (*RETURNED, "delta"),
        always(
            one_sum_in_a_row=f'"forward": lambda *given: {RUN}.sum().reshape(1), "target": None, '
            '"return_convergence_delta": True',
            one_sum=f'"forward": lambda *given: {RUN}.sum(), "target": None, "return_convergence_delta": True',
        ),
    ),
    "layer_run": Refusal(LAYER, always(a_layer_that_is_not_run='"layer": torch.nn.Identity()')),
    "every_layer_run": Refusal(
        LAYER,
        always(
            before='"layer": [torch.nn.Identity(), CALL["layer"]]',
            behind='"layer": [CALL["layer"], torch.nn.Identity()]',
        ),
    ),
    "layers_are_modules": Refusal(LAYER, by_name),
    "baselines_shape": Refusal(
        ("baseline",),
        always(
            a_row_too_many=f'"baselines": {EXAMPLE_MORE}',
            a_token_too_many=f'"baselines": {TOKEN_MORE}',
            no_batch_dimension='"baselines": CALL["baselines"][0]',
        ),
    ),
    "one_baseline_shape": Refusal(
        ("baseline",),
        always(
            a_token_too_many=f'"baselines": {TOKEN_MORE}[:1], {NO_ARGUMENTS}',
            a_dimension_too_many=f'"baselines": CALL["baselines"][None], {NO_ARGUMENTS}',
        ),
    ),
    "baselines_count": Refusal(
        ("baseline",),
        always(
            two_baselines='"baselines": (CALL["baselines"], CALL["baselines"])',
            no_baseline='"baselines": ()',
            a_text='"baselines": "zero"',
            a_list='"baselines": CALL["baselines"].tolist()',
        ),
    ),
    "token_baselines_whole": Refusal(("baseline",), values("baselines", 0.5, 1.9)),
    "integer_inputs": Refusal(INPUTS, integers),
    "mask_among_inputs": Refusal(
        INPUTS, always(an_int64_mask=mask_among("torch.long"), a_bool_mask=mask_among("bool"))
    ),
    "inputs_are_tensors": Refusal(
        ("inputs",),
        always(
            a_list='"inputs": [CALL["inputs"]]', a_dict='"inputs": {"ids": CALL["inputs"]}', a_text='"inputs": "text"'
        ),
    ),
    "inputs_are_one_batch": Refusal(
        ("inputs", "example", "batch"),
        lambda problem: {
            "no input": f'"inputs": (), {ALONE}',
            "a 0-d input": f'"inputs": tried.x.flatten()[0], {ALONE}',
            "inputs of two batches": f'"inputs": (tried.x, torch.cat([tried.x, tried.x[:1]])), {ALONE}, "forward": '
            "lambda first, *others: tried.forward(first, *arguments) + sum(other.mean() for other in others)",
        },
    ),
}
"""By law: the laws of group refusal that are nothing but calls to be refused."""
