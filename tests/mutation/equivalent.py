"""Mutants that no law can see, judged by reading them: file, lines before, lines after, and why."""

from __future__ import annotations

SCALAR, CORE, LAYERS, REFUSALS = (
    f"tests/subjects/textbook/{name}.py" for name in ("scalar", "integrated_gradients", "layers", "refusals")
)

LAYER_IG, BATCHING, COMMON, CHECKED, GRADIENT, RULES = (
    f"captum/{name}.py"
    for name in (
        "attr/_core/layer/layer_integrated_gradients",
        "attr/_utils/batching",
        "_utils/common",
        "attr/_utils/common",
        "_utils/gradient",
        "attr/_utils/approximation_methods",
    )
)

REVERSED = "a Gauss-Legendre rule is its own mirror image: the same nodes with the same weights, from last to first"
SLOWER = "the same sum, with more calls of the forward"
WRITTEN_FIRST = "nothing reads the value before another is put in its place"
EMPTY = "differs for an empty list alone, whose dtype selects nothing"
DETACHED = "all that follows runs under no_grad, and the points of the path are new leaves"
TEXT = "changes nothing but what an error says"
STEP_BY_STEP = "answers where it would refuse, and rightly: a call for each step, of as many rows as there are tokens"
MORE = "answers more: a tuple, whose first is the tensor that the law asks for"
REFUSED = "answers less: it refuses, by name, where the law takes the right answer or a refusal"

WARNING = "changes nothing but a warning"
ELSEWHERE = "refused by name in another place: approximation_parameters"
SELECTED = "refused by name in another place: _select_targets"
BY_TORCH = "torch refuses it itself, in words that the law takes: no gradient without floating point"
TWICE = "refused in the same words by the other of step_sizes and alphas"
ONE_DEVICE = "matters where a model lies on several devices"
BY_KEYWORDS = "differs at the input of a layer called by keywords alone, where Captum fails anyway"

DEFAULT = "every caller passes what is the default"
OTHER_METHOD = "never so for IG and LIG, which select no neuron"

PATH = "attributions = self.ig.attribute.__wrapped__({}inputs_layer, baselines=baselines_layer, target=target, "
PATH_OPTIONS = (
    "additional_forward_args=all_inputs, n_steps=n_steps, method=method, internal_batch_size=internal_batch_size"
)
RAISED = "Internal batch size cannot be less than the number of input examples. "
TO_BATCH = "Defaulting to internal batch size of %d equal to the number of examples."
WARNED = f'warnings.warn( "{RAISED}" "{TO_BATCH}" % num_examples, stacklevel=1, )'
EVALUATED = "_forward_layer_eval_with_neuron_grads("
EVALUATING = (
    "# pyre-fixme[6]: For 3rd argument expected `Module` but got # `ModuleOrModuleList`. layer, "
    "additional_forward_args=additional_forward_args, gradient_neuron_selector=None, grad_enabled=grad_enabled, "
)
AT_INPUT = "attribute_to_layer_input=attribute_to_layer_input"
MANY = "isinstance(target, torch.Tensor) and torch.numel(target) > {}"
NO_INPUTS = "{}hook_inputs is None {} len(hook_inputs) == 0{}"
STRUCTURE = "return self._visit(i, output, [key for key in keys if is_float(output[key])])"
KEYS = "keys = output if isinstance(output, dict) else range(len(output)) if isinstance(output, tuple | list) else ()"
VISITED = "args = self._visit(i, args, positions{})"
SHOWN = "{} # shows which dimension is the batch: another number of rows must change it alone"
INDICES = "return torch.tensor([[operator.index(n) for n in numbers] for numbers in indices])"
OPTIONS = 'options = {"with_kwargs": True} if SEES_KEYWORDS else {}'
INDEX = 'index = "a tuple of ints" if len(sizes) {} else "an int"'
LEGAL = 'legal = f"{index} in {ranges}, or a list of {batch} of them" if sizes else "None"'
IN_RANGE = "if not all(-size {} number < size for number, size in zip(numbers, sizes, strict=True)):"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (CORE, "return (1 + nodes) / 2, gauss / 2", "return (1 - nodes) / 2, gauss / 2"): REVERSED,
    (CORE, "steps_a_call = max(1, rows // len(examples))", "steps_a_call = min(1, rows // len(examples))"): SLOWER,
    (LAYERS, "self.rows = 0", "self.rows = 1"): WRITTEN_FIRST,
    (LAYERS, "self.calls = [0] * len(layers)", "self.calls = [1] * len(layers)"): WRITTEN_FIRST,
    (LAYERS, OPTIONS, OPTIONS.replace("if SEES_KEYWORDS", "if (not SEES_KEYWORDS)")): REFUSED,
    (LAYERS, OPTIONS, OPTIONS.replace("True", "False")): REFUSED,
    (
        LAYERS,
        "handles.append(layer.register_forward_pre_hook(partial(exchange.input_hook, i), **options))",
        "handles.append(layer.register_forward_pre_hook(partial(exchange.input_hook, i)))",
    ): REFUSED,
    (LAYERS, KEYS, KEYS.replace("if isinstance(output, dict)", "if (not isinstance(output, dict))")): REFUSED,
    (
        LAYERS,
        KEYS,
        KEYS.replace("if isinstance(output, tuple | list)", "if (not isinstance(output, tuple | list))"),
    ): REFUSED,
    (LAYERS, STRUCTURE, "return None"): REFUSED,
    (LAYERS, "if positions or not kwargs:", "if positions or (kwargs):"): REFUSED,
    (LAYERS, SHOWN.format("read(x, torch.arange(1))"), SHOWN.format("pass")): STEP_BY_STEP,
    (LAYERS, VISITED.format("[:1]"), VISITED.format("[:]")): MORE,
    (LAYERS, VISITED.format("[:1]"), VISITED.format("[:2]")): MORE,
    (
        REFUSALS,
        "return [tensor.detach() for tensor in tensors]",
        "return [tensor for tensor in tensors]",
    ): DETACHED,
    (REFUSALS, "return given.detach().expand_as(x)", "return given.expand_as(x)"): DETACHED,
    (
        REFUSALS,
        'raise TypeError( f"inputs must be float tensors, got {tensor.dtype}: there is no path between token ids. '
        'Use lig at the " "embedding layer, or embed the ids and pass them to the model as inputs_embeds; '
        'pass masks in " "additional_forward_args" )',
        "pass",
    ): BY_TORCH,
    (REFUSALS, INDEX.format("> 1"), INDEX.format(">= 1")): TEXT,
    (REFUSALS, INDEX.format("> 1"), INDEX.format("<= 1")): TEXT,
    (REFUSALS, INDEX.format("> 1"), INDEX.format("> 2")): TEXT,
    (REFUSALS, LEGAL, LEGAL.replace("if sizes", "if (not sizes)")): TEXT,
    (REFUSALS, IN_RANGE.format("<="), IN_RANGE.format("<")): REFUSED,
    (REFUSALS, f"{INDICES}.long().view(batch, len(sizes))", f"{INDICES}.view(batch, len(sizes))"): EMPTY,
    (BATCHING, WARNED, "pass"): WARNING,
    (BATCHING, WARNED, f"warnings.warn('{RAISED}{TO_BATCH}' % num_examples)"): WARNING,
    (
        CHECKED,
        'assert ( method in SUPPORTED_METHODS ), "Approximation method must be one for the following {}. " '
        '"Given {}".format( SUPPORTED_METHODS, method )',
        "pass",
    ): ELSEWHERE,
    (
        COMMON,
        "if hook_outputs is not None and len(hook_outputs) > 0:",
        "if (hook_outputs is not None or len(hook_outputs) > 0):",
    ): BY_KEYWORDS,
    (
        GRADIENT,
        f"return {EVALUATED} forward_fn, inputs, {EVALUATING}device_ids=device_ids, {AT_INPUT}, )",
        f"return {EVALUATED}forward_fn, inputs, layer, additional_forward_args=additional_forward_args, "
        f"gradient_neuron_selector=None, grad_enabled=grad_enabled, {AT_INPUT})",
    ): ONE_DEVICE,
    (COMMON, MANY.format(1), MANY.format(2)): SELECTED,
    (COMMON, NO_INPUTS.format("(", "or", ")"), NO_INPUTS.format("((", "and", "))")): BY_KEYWORDS,
    (COMMON, "and len(params) == 0", "and len(params) == 1"): BY_KEYWORDS,
    (GRADIENT, "attribute_to_layer_input: bool = False,", "attribute_to_layer_input: bool = True,"): DEFAULT,
    (
        GRADIENT,
        f"return {EVALUATED} forward_fn, inputs, {EVALUATING}device_ids=device_ids, {AT_INPUT}, )",
        f"return {EVALUATED}forward_fn, inputs, layer, additional_forward_args=additional_forward_args, "
        f"gradient_neuron_selector=None, device_ids=device_ids, {AT_INPUT})",
    ): DEFAULT,
    (RULES, 'assert n > 0, "The number of steps has to be larger than zero"', "pass"): TWICE,
    (LAYER_IG, "layer_idx: int = 0,", "layer_idx: int = 1,"): DEFAULT,
    (
        LAYER_IG,
        f"{PATH.format(' # type: ignore self.ig, # self ')}{PATH_OPTIONS}, return_convergence_delta=False, )",
        f"{PATH.format('self.ig, ')}{PATH_OPTIONS})",
    ): DEFAULT,
    (
        COMMON,
        "_reduce_list([val_elem[i] for val_elem in val_list], red_func)",
        "_reduce_list([val_elem[i] for val_elem in val_list])",
    ): DEFAULT,
    (
        GRADIENT,
        "grad_enabled = True if gradient_neuron_selector is not None else grad_enabled",
        "grad_enabled = False if gradient_neuron_selector is not None else grad_enabled",
    ): OTHER_METHOD,
}
