"""What users reported of Integrated Gradients, and the laws that see it, or why none does: a table of README.md."""

from __future__ import annotations

from dataclasses import dataclass

CAPTUM = "https://github.com/meta-pytorch/captum/"


@dataclass(frozen=True)
class Symptom:
    """What a user saw, where it was reported, the laws that see it; without laws, the reason."""

    seen: str
    links: tuple[str, ...]
    laws: tuple[str, ...] = ()
    why_not: str = ""


def issue(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{CAPTUM}issues/{number}" for number in numbers)


def pull(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{CAPTUM}pull/{number}" for number in numbers)


WRAPPERS = "wrappers of embedding layers are no part of IG: the suite asks on `inputs_embeds`"
ONE_DEVICE = "one device at a time: the subject works on `--device`"

SYMPTOMS = (
    Symptom(
        "float64 attributions of a float32 model",
        ("https://github.com/inseq-team/inseq/issues/156", *issue(1240), *pull(1227)),
        ("dtype_device_and_shape",),
    ),
    Symptom("half precision: other dtypes, noise", issue(1199), ("half_precision", "dtype_device_and_shape")),
    Symptom("the delta grows with n_steps", issue(1334), ("weights", "input_completeness", "layer_completeness")),
    Symptom(
        "LIG never converges: the mask differs at the baseline",
        issue(1413),
        why_not="a property of the problem, not of its attribution: tests/upstream/test_1413.py",
    ),
    Symptom(
        "ids reach the output past the layer",
        issue(873),
        why_not="a property of the model: `layer_completeness` then calls itself not applicable",
    ),
    Symptom("one value for the whole batch", pull(173), ("forward_one_value",)),
    Symptom("the forward returns its first row", issue(373), ("forward_rows",)),
    Symptom("an input without a batch dimension", issue(698), why_not="dimension 0 is the batch, as documented"),
    Symptom("attributions do not add up to the prediction", issue(700, 1113), ("input_delta", "layer_delta")),
    Symptom(
        "IG on embeddings and LIG at the embeddings differ",
        issue(1132),
        ("word_embeddings_agree_with_inputs_embeds", "token_scores_differ", "token_scores_follow_the_curve"),
    ),
    Symptom("word, position and type do not add up; NaN", issue(460, 624), ("joint_tables_add_up", "equal_tokens")),
    Symptom("a list of layers is not its layers one by one", pull(532), ("joint_tables", "order_of_layers")),
    Symptom("all attributions are zero", issue(978, 873, 660), ("never_all_zero", "cut_gradient")),
    Symptom("a module that runs twice", issue(794, 904, 1050, 1110), ("module_called_twice",)),
    Symptom("a layer that returns a list", pull(1629), ("structured_output",)),
    Symptom("a layer that returns None beside its tensor", issue(1220, 745, 1528, 1271), ("structured_output",)),
    Symptom("a layer that returns a dict or ModelOutput", issue(665, 1215), ("structured_output",)),
    Symptom("a tensor that is not used in the graph", issue(1141, 1080, 1116, 1493, 901), ("dummy",)),
    Symptom("`allow_unused` crashes", pull(1435), why_not="`grad_kwargs` is Captum's own; the laws ask without it"),
    Symptom("a layer called by keyword, or beside None and ids", issue(733), ("input_among_others",)),
    Symptom("a layer's input and output on two devices", issue(1311), why_not=ONE_DEVICE),
    Symptom("a layer whose output is not batch-first", issue(434), ("length_first_output",)),
    Symptom("a layer that returns one row for the batch", issue(329), ("joint_tables",)),
    Symptom("an operation in place after the layer", pull(165), ("in_place_operation",)),
    Symptom("gradient checkpointing", ("https://github.com/stanfordnlp/pyvene/pull/242",), ("checkpointed_layer",)),
    Symptom("hooks stay after an error", pull(340), ("unchanged_by_failure",)),
    Symptom("two threads on one model", pull(333), ("two_threads",)),
    Symptom("a layer that the forward does not run", issue(875), ("layer_run", "every_layer_run")),
    Symptom("memory grows with each explanation", issue(866), ("layer_call_frees_model", "memory_constant")),
    Symptom("attributions hold the graph", pull(456), ("attribution_without_graph",)),
    Symptom("a loss on attributions", issue(762, 536, 1346), ("graph_independent_of_chunks",)),
    Symptom("a tuple where a tensor is due", pull(195), ("structure",)),
    Symptom("the forward is called more often than expected", issue(453), ("rows_of_a_chunk",)),
    Symptom("an argument that is not per example", issue(625), ("constant_vector", "shared_mask", "argument_forms")),
    Symptom("a cache or a nested structure as an argument", issue(466), why_not="encoders have no cache"),
    Symptom("chunks inside `no_grad`", pull(324), ("flags",)),
    Symptom("internal_batch_size 0, or below the batch", pull(333), ("internal_batch_size_positive",)),
    Symptom("out of memory", issue(245, 538, 150), ("rows_of_a_chunk", "chunks")),
    Symptom("train mode: two runs differ", issue(981, 564), ("train_mode", "same_call_twice", "model_unchanged")),
    Symptom(
        "examples that depend on their batch",
        ("https://github.com/inseq-team/inseq/issues/110",),
        ("batch_is_its_examples", "order_of_examples"),
    ),
    Symptom("a forward that makes rows of its own", issue(329), ("rows_of_choices",)),
    Symptom("cuDNN: backward needs train mode", issue(1159, 328), why_not="recurrent networks on a GPU"),
    Symptom("targets as NumPy integers, columns, 0-d tensors", issue(741, 389), ("target_forms", "other_targets")),
    Symptom("a model that returns no tensor", issue(308, 642, 445), ("forward_tensor",)),
    Symptom("no target, or one out of range", issue(455, 475, 1564), ("target_fits", "target_in_range")),
    Symptom("several targets of one example", issue(612, 634, 1201, 1282), ("linearity",)),
    Symptom("the baseline 0.5 of token ids", pull(1924), ("token_baselines_whole",)),
    Symptom(
        "the default baseline is token 0",
        issue(1269, 653),
        why_not="which baseline is a good one is its user's choice; tests/upstream/test_1269.py says what 0 is",
    ),
    Symptom(
        "baselines of a shape that passes and broadcasts", issue(1096, 203), ("broadcast_baseline", "baselines_shape")
    ),
    Symptom("a baseline of another dtype", issue(1096), ("baselines_dtype", "bool_baseline", "token_baselines_dtype")),
    Symptom("one baseline for the batch, or a number", pull(158), ("baseline_forms", "one_baseline_shape")),
    Symptom("bool inputs", pull(666), ("integer_inputs",)),
    Symptom("IG of token ids", issue(405, 1112, 1107, 357, 883, 734), ("integer_inputs",)),
    Symptom("a mask among the inputs", issue(956), ("mask_among_inputs",)),
    Symptom("inputs that are a list, a dict, a text", issue(1196, 1149), ("inputs_are_tensors",)),
    Symptom("`inference_mode`", ("https://github.com/softwaremill/FoXAI/issues/146",), ("inference_mode",)),
    Symptom("targets or delta on another device", issue(163), why_not=ONE_DEVICE),
    Symptom("an embedding wrapper changes the model", issue(448, 592, 770), why_not=WRAPPERS),
)
