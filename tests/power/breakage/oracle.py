"""BERT in NumPy, the path integral, the quadrature rules, the layers and the budgets."""

from __future__ import annotations

from tests.power.breakage.breaks import of

BREAKS = (
    *of(
        "reference/oracle/numpy/bert.py",
        "tests/unit/reference/test_numpy_bert.py",
        ("attention is not scaled by the head size", "/ sqrt(bert.hidden // bert.heads)", "/ sqrt(bert.hidden)"),
        ("the mask hides nothing", "!= 0, 0.0, MASKED_SCORE", "!= 2, 0.0, MASKED_SCORE"),
        ("eps stands outside the root", "keepdims=True) + bert.eps))", "keepdims=True)) + bert.eps)"),
        ("positions begin at 1", "np.arange(length) if positions", "np.arange(1, length + 1) if positions"),
        ("types are ignored", "np.zeros(length, int) if types is None else np.asarray(types)", "np.zeros(length, int)"),
        ("the pooler reads the last token", "hidden[..., 0, :]", "hidden[..., -1, :]"),
        ("the end of an answer is its start", "hidden, 2)[..., 1]", "hidden, 2)[..., 0]"),
        (
            "the masked head has no LayerNorm",
            'layer_norm(bert, f"{name}.LayerNorm", transformed)',
            'affine(bert, f"{name}.LayerNorm", transformed)',
        ),
        ("softmax has another gradient", "p * (g - np.sum(g * p, axis=-1, keepdims=True))", "p * g"),
        ("the residual is lost", "attended + x)", "attended)"),
        ("layers run backwards", "encoder.layer.{i}", "encoder.layer.{bert.layers - 1 - i}"),
        ("all steps are one", "np.reshape(rule.nodes, (-1, 1, 1, 1))", "np.full((len(rule), 1, 1, 1), 0.5)"),
        ("prelu takes its slope from elsewhere", "{name}.transform_act_fn", "{name}.dense"),
    ),
    *of(
        "reference/oracle/numpy/activations.py",
        "tests/unit/reference/test_numpy_activations.py",
        ("gelu is its approximation", '"gelu": gelu,', '"gelu": gelu_tanh,'),
        ("relu has derivative 1 at 0", "np.where(x > 0, x, 0.0)", "np.where(x >= 0, x, 0.0)"),
    ),
    *of(
        "reference/oracle/path_integral.py",
        "tests/unit/reference/test_path_integral.py tests/unit/reference/test_forms_agree.py "
        "tests/unit/reference/test_scalar_field.py "
        "tests/unit/strategies/test_information.py",
        ("the plain sum forgets the baseline", "multiplier = (delta if", "multiplier = (x if"),
        ("the plain sum leaves out a step at 1", "        total += term\n", "        total += term * (alpha < 1)\n"),
        ("the batched sum exchanges the ends", ", x, baseline])\n    values", ", baseline, x])\n    values"),
        ("the integral is hardly doubled", "MOST_PANELS = 32", "MOST_PANELS = 4"),
        (
            "the integral claims to be exact",
            "torch.maximum(changes[-1], changes[-2]))",
            "torch.zeros_like(changes[-1]))",
        ),
        (
            "the curve is left for its chord",
            "field.gradient(point.detach())",
            "field.gradient(baseline + alpha * delta)",
        ),
        ("the curve has a slope beside its own", "* slope.detach()", "* (slope.detach() + 1e-9)"),
        ("the derivative has no curvature", "weight * (gradient + alpha * curved)", "weight * gradient"),
        (
            "arguments go with another example",
            "argument.repeat(times, *(1,) * (argument.dim() - 1))",
            "argument.repeat_interleave(times, 0)",
        ),
    ),
    *of(
        "reference/oracle/quadrature.py",
        "tests/unit/reference/test_quadrature.py",
        ("right is left", "tuple((k + 1) / n for", "tuple(k / n for"),
        ("the trapezoid has whole ends", "(h / 2, *(h,) * (n - 2), h / 2)", "(h,) * n"),
        (
            "middle nodes are off in the last digits",
            "tuple((2 * k + 1) / (2 * n) for",
            "tuple((2 * k + 1) / (2 * n) * (1 + 1e-15) for",
        ),
        ("Newton's method takes one step", "range(100)", "range(1)"),
        ("the node in the middle is beside it", "            t = 0.0\n", "            t = 1e-9\n"),
        ("panels overlap", "(j + node) / panels", "(j + node / 2) / panels"),
    ),
    *of(
        "reference/oracle/substitution.py",
        "tests/unit/reference/test_layers.py",
        ("a module is substituted for good", "            del module.forward", "            pass"),
        (
            "an input is taken for the output",
            "if not at_input:\n            passed",
            "if at_input:\n            passed",
        ),
        ("a module may run twice", "if len(passed) != 1:", "if not passed:"),
    ),
    *of(
        "reference/oracle/expected.py",
        "tests/unit/reference/test_budget.py",
        ("there is no conditioning", "(rounded - right).abs().amax(0)", "(right - right).abs().amax(0)"),
    ),
    *of(
        "reference/oracle/expected.py",
        "tests/unit/reference/test_conditioning.py",
        ("conditioning is one sample", "NUDGES = (2.0**-23, 2.0**-17, 2.0**-11)", "NUDGES = ()"),
        ("samples are those of another example", "unflatten(0, (-1, len", "unflatten(0, (-1, 1, len"),
        ("half precision answers beside the path", "sums.attribution[: len(low.x)]", "sums.attribution[len(low.x) :]"),
    ),
    *of(
        "reference/laws/stack.py",
        "tests/unit/power/test_faults.py",
        (
            "torch's forward is compared with itself",
            "expected=torch.from_numpy(right), budget=budget",
            "expected=got, budget=budget",
        ),
    ),
)
