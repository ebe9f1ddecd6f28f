"""What an implementation under test offers: a subject has `ig`, `lig`, `scores`, `nodes`, `edges`, or some of them.

The arguments carry Captum's names, because users know them; nothing else here knows Captum.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor, nn

from reference.declaration import Declaration, PathDeclaration
from reference.oracle.quadrature import Rule, rule
from reference.violation import NotApplicable

Forward = Callable[..., Any]


class Subject(Protocol):
    """An implementation under test.

    `name` stands in messages; the verdict shows the name given to `--subject`. `device` is where its tensors live. More
    attributes are optional:
    `refuses = True` promises that a call which means nothing (an unknown method, a target out of range, …) raises an
    error that names the argument. Laws that expect such an error are not applicable to a subject without that promise:
    27 laws. A law that accepts a result or an error needs no promise.
    `fills_chunks = True` promises that each call of the forward has as many steps as fit into `internal_batch_size`.
    `distribution` is the name by which pip knows the tool: known defects are told by its version.
    `lacks` names what the tool does not offer: rules ("riemann_middle"), arguments ("internal_batch_size"), "layers" if
    it takes one layer at a time, or "tuples" if it takes one tensor of inputs and no tuple. Calls that use them are not
    applicable. A subject cannot say so when it is called.
    `defaults` are its own n_steps and method, if a call leaves them out: {"n_steps": 20} instead of 50.
    """

    name: str
    device: str


class AttributesInputs(Protocol):
    """A subject with `ig`: Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ at the forward's first argument (or arguments).

    Shapes   inputs, baselines (batch, …), or tuples of them; returns the shape of inputs
    Returns  the attribution, or (attribution, delta) with `return_convergence_delta`; delta (batch,)
    """

    def ig(
        self,
        forward: Forward,
        inputs: Any,
        baselines: Any = None,
        *,
        target: Any = None,
        additional_forward_args: Any = None,
        n_steps: int = 50,
        method: str = "gausslegendre",
        internal_batch_size: int | None = None,
        return_convergence_delta: bool = False,
        multiply_by_inputs: bool = True,
    ) -> Any: ...


class AttributesLayers(Protocol):
    """A subject with `lig`: IG of the rest of the model as a function of a module's output (or input).

    Shapes   as `AttributesInputs.ig`; returns the shape of the layer's output (input), a list for a list of layers
    """

    def lig(
        self,
        forward: Forward,
        layer: nn.Module | Sequence[nn.Module],
        inputs: Any,
        baselines: Any = None,
        *,
        target: Any = None,
        additional_forward_args: Any = None,
        n_steps: int = 50,
        method: str = "gausslegendre",
        internal_batch_size: int | None = None,
        return_convergence_delta: bool = False,
        attribute_to_layer_input: bool = False,
        multiply_by_inputs: bool = True,
    ) -> Any: ...


class ScoresText(Protocol):
    """A subject with `scores`: texts in, numbers out. `declares` is what its documentation promises of them.

    Shapes   returns one tensor of one dimension for each text, or pair of texts: a score for each token or word
    `target` is a class, or the text that a language model says after each text.
    """

    declares: Declaration

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> Sequence[Tensor]: ...


class ScoresNodes(Protocol):
    """A subject with `nodes`: the patching effect of modules' outputs. `paths["nodes"]` is what it declares.

    `nodes` are paths of modules in the model; `clean` and `corrupted` are x and x'; F is `metric(logits)`.
    Shapes   clean, corrupted (batch, length) ids; metric (rows, length, vocab) → (rows,); returns (batch,) of each node
    """

    paths: Mapping[str, PathDeclaration]

    def nodes(
        self,
        model: nn.Module,
        clean: Tensor,
        corrupted: Tensor,
        *,
        nodes: Sequence[str],
        metric: Callable[[Tensor], Tensor],
    ) -> Sequence[Tensor]: ...


class ScoresEdges(Protocol):
    """A subject with `edges`: the patching effect of what one module adds to the input of a later one.

    `edges` are pairs of paths: of a module that writes to the residual stream, and of a later one that reads it.
    Shapes   as `ScoresNodes.nodes`; returns (batch,) for each edge
    """

    paths: Mapping[str, PathDeclaration]

    def edges(
        self,
        model: nn.Module,
        clean: Tensor,
        corrupted: Tensor,
        *,
        edges: Sequence[tuple[str, str]],
        metric: Callable[[Tensor], Tensor],
    ) -> Sequence[Tensor]: ...


CAPABILITIES = ("ig", "lig", "scores", "nodes", "edges", "paths", "refuses", "fills_chunks")


def capabilities(subject: Subject) -> frozenset[str]:
    """Which methods the subject has, and what it declares (`paths`) and promises besides: `refuses`, `fills_chunks`."""
    return frozenset(name for name in CAPABILITIES if getattr(subject, name, None))


def check_offered(subject: Subject, arguments: Mapping[str, Any]) -> None:
    """Raises NotApplicable if the call uses what the subject declares that it lacks."""
    used = {name for name, value in arguments.items() if not _neutral(name, value)}
    forms = {"layers": isinstance(arguments.get("layer"), list), "tuples": isinstance(arguments.get("inputs"), tuple)}
    used |= {str(arguments.get("method")), *(form for form, passed in forms.items() if passed)}
    if lacking := sorted(used & set(getattr(subject, "lacks", ()))):
        raise NotApplicable(f"subject {subject.name} declares that it lacks {', '.join(lacking)}")


LEFT_OUT = {name: parameter.default for name, parameter in inspect.signature(AttributesLayers.lig).parameters.items()}
"""What each argument is if it is left out."""


def _neutral(name: str, value: Any) -> bool:
    """Whether the argument is as if it were left out."""
    return name in LEFT_OUT and value is LEFT_OUT[name]


DEFAULTS: Mapping[str, Any] = {"n_steps": 50, "method": "gausslegendre"}
"""The documented defaults of Captum, which a subject has unless it declares others."""


def defaults_of(subject: Subject) -> Mapping[str, Any]:
    """What the subject uses if a call leaves out n_steps or method."""
    return {**DEFAULTS, **getattr(subject, "defaults", {})}


SIGNATURES: dict[str, Callable[..., Any]] = {
    "ig": AttributesInputs.ig,
    "lig": AttributesLayers.lig,
    "scores": ScoresText.scores,
    "nodes": ScoresNodes.nodes,
    "edges": ScoresEdges.edges,
}


def check_signature(subject: object) -> None:
    """The subject has a method that laws call, and its methods take the arguments that laws pass.

    Raises   TypeError, on one line, that names the method and its missing arguments
    """
    owner = type(subject).__name__
    methods = {name: method for name in SIGNATURES if callable(method := getattr(subject, name, None))}
    if not methods:
        raise TypeError(f"{owner} has none of the methods {', '.join(SIGNATURES)}")
    if "scores" in methods and not isinstance(getattr(subject, "declares", None), Declaration):
        raise TypeError(f"{owner} has scores, but no `declares`: give it a Declaration (reference/declaration.py)")
    declared = getattr(subject, "paths", {})
    for name in {"nodes", "edges"} & methods.keys():
        if not isinstance(declared.get(name), PathDeclaration):
            raise TypeError(f"{owner} has {name}, but no `paths[{name!r}]`: give it a PathDeclaration")
    for name, method in methods.items():
        taken = inspect.signature(method).parameters.values()
        passed = [argument for argument in inspect.signature(SIGNATURES[name]).parameters if argument != "self"]
        by_name = {one.name for one in taken if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}
        any_name = any(one.kind is one.VAR_KEYWORD for one in taken)
        # Laws pass the forward by its place.
        missing = [] if any_name else [argument for argument in passed[1:] if argument not in by_name]
        if missing:
            raise TypeError(f"{owner}.{name} does not take the argument(s) {', '.join(missing)}, which laws pass")
        required = [one.name for one in list(taken)[1:] if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
        unknown = [argument for argument in required if argument not in passed and argument in by_name]
        if unknown:
            raise TypeError(f"{owner}.{name} requires the argument(s) {', '.join(unknown)}, which laws do not pass")


def rule_of(subject: Subject, method: str, n_steps: int) -> Rule:
    """The rule the subject is known to follow (its own `rule` method, where a known defect is modelled), else the
    right one.
    """
    known: Callable[[str, int], Rule] = getattr(subject, "rule", rule)
    return known(method, n_steps)
