"""F of the command: what the model says of the text, as one number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from reference.check.command.text import Encoded, unknown_words
from reference.models.directory import CannotLoad, Loaded


@dataclass(frozen=True)
class Objective:
    """F in words, and as an expression of `output` for the recommended call.

    Shapes   value(**arguments of the model) is (rows,), or (rows, outputs) with a `target` among them
    """

    value: Callable[..., Tensor]
    words: str
    expression: str
    target: int | None = None
    remarks: tuple[str, ...] = ()

    def number(self, **given: Any) -> Tensor:
        """F: (rows,)."""
        found = self.value(**given)
        return found if self.target is None else found[:, self.target]


def objective(
    loaded: Loaded, encoded: Encoded, target: int | None, target_text: str | None, contrast: str | None
) -> Objective:
    """The logit of a class, the log probability of a token, or the closeness of an embedding.

    Raises   CannotLoad with one line: a target out of range, no mask token, a contrast that is not of this kind
    """
    return {"classifier": _classifier, "causal": _causal, "masked": _masked, "encoder": _encoder}[loaded.kind](
        loaded, encoded, target, target_text, contrast
    )


def _run(loaded: Loaded, encoded: Encoded) -> Any:
    with torch.no_grad():
        return loaded.model(input_ids=encoded.ids, **encoded.arguments)


def _in_range(target: int, size: int, what: str) -> int:
    if not 0 <= target < size:
        raise CannotLoad(f"target {target} is out of range: the model has {size} {what} (0 to {size - 1})")
    return target


def _other(contrast: int, target: int, text: str) -> int:
    if contrast == target:
        raise CannotLoad(
            f"--contrast {text!r} is the target itself, so F is always 0: pass another --contrast or another --target"
        )
    return contrast


def _classifier(
    loaded: Loaded, encoded: Encoded, target: int | None, target_text: str | None, contrast: str | None
) -> Objective:
    logits = _run(loaded, encoded).logits[0]
    labels = {str(name): int(index) for index, name in (loaded.config.id2label or {}).items()}

    def index(name: str) -> int:
        if name in labels:
            return labels[name]
        if not name.lstrip("-").isdigit():
            raise CannotLoad(f"{name!r} is not a label: choose one of {', '.join(sorted(labels))}")
        return _in_range(int(name), len(logits), "classes")

    one = int(logits.argmax()) if target is None else _in_range(target, len(logits), "classes")
    one = index(target_text) if target_text is not None else one
    other = None if contrast is None else _other(index(contrast), one, contrast)
    name = {value: key for key, value in labels.items()}
    words = f"the logit of class {one} ({name.get(one, one)})" + (
        "" if other is None else f" minus that of class {other} ({name.get(other, other)})"
    )
    expression = f"output.logits[:, {one}]" + ("" if other is None else f" - output.logits[:, {other}]")

    if other is not None:
        return Objective(lambda **given: _difference(loaded.model(**given).logits, one, other), words, expression)
    # All logits: scores of a probability, or of another class, are recognised then.
    return Objective(lambda **given: loaded.model(**given).logits, words, expression, one)


def _token(loaded: Loaded, text: str) -> int:
    ids: list[int] = loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
    if len(ids) != 1:
        raise CannotLoad(f"{text!r} has {len(ids)} tokens: pass a text of one token")
    unknown_words(loaded.tokenizer, text, ids)
    return ids[0]


def _causal(
    loaded: Loaded, encoded: Encoded, target: int | None, target_text: str | None, contrast: str | None
) -> Objective:
    logits = _run(loaded, encoded).logits[0]
    size, show = logits.shape[-1], loaded.tokenizer.convert_ids_to_tokens
    if target_text is not None and encoded.continuation > 1:
        if contrast is not None:
            raise CannotLoad("--contrast needs a target of one token")
        chosen = loaded.tokenizer(target_text, add_special_tokens=False)["input_ids"]
        first = encoded.length - len(chosen)

        def several(**given: Any) -> Tensor:
            logs = loaded.model(**given).logits[:, first:].log_softmax(-1)
            columns = torch.tensor(chosen).reshape(1, -1, 1).expand(len(logs), -1, 1)
            total: Tensor = logs.gather(2, columns).sum((1, 2))
            return total

        expression = f"output.logits[:, {first}:].log_softmax(-1)[:, range({len(chosen)}), {chosen}].sum(1)"
        return Objective(several, f"log p({target_text!r} | the text)", expression)
    one = int(logits[-1].argmax()) if target is None else _in_range(target, size, "tokens")
    one = _token(loaded, target_text) if target_text is not None else one
    if contrast is not None:
        other = _other(_token(loaded, contrast), one, contrast)
        return Objective(
            lambda **given: _difference(loaded.model(**given).logits[:, -1], one, other),
            f"log p({show(one)!r}) − log p({show(other)!r}) of the next token",
            f"output.logits[:, -1, {one}] - output.logits[:, -1, {other}]",
        )
    return Objective(
        lambda **given: loaded.model(**given).logits[:, -1].log_softmax(-1),
        f"log p({show(one)!r}) of the next token",
        f"output.logits[:, -1].log_softmax(-1)[:, {one}]",
        one,
    )


def _difference(logits: Tensor, one: int, other: int) -> Tensor:
    return logits[:, one] - logits[:, other]


def _masked(
    loaded: Loaded, encoded: Encoded, target: int | None, target_text: str | None, contrast: str | None
) -> Objective:
    mask = loaded.tokenizer.mask_token_id
    places = (encoded.ids[0] == mask).nonzero().flatten().tolist()
    if len(places) != 1:
        name = loaded.tokenizer.mask_token
        raise CannotLoad(f"a masked language model needs one {name} in the text; it has {len(places)}")
    (place,) = places
    logits = _run(loaded, encoded).logits[0, place]
    show = loaded.tokenizer.convert_ids_to_tokens
    one = int(logits.argmax()) if target is None else _in_range(target, len(logits), "tokens")
    one = _token(loaded, target_text) if target_text is not None else one
    if contrast is not None:
        other = _other(_token(loaded, contrast), one, contrast)
        return Objective(
            lambda **given: _difference(loaded.model(**given).logits[:, place], one, other),
            f"log p({show(one)!r}) − log p({show(other)!r}) at the mask",
            f"output.logits[:, {place}, {one}] - output.logits[:, {place}, {other}]",
        )
    return Objective(
        lambda **given: loaded.model(**given).logits[:, place].log_softmax(-1),
        f"log p({show(one)!r}) at the mask",
        f"output.logits[:, {place}].log_softmax(-1)[:, {one}]",
        one,
    )


def _encoder(
    loaded: Loaded, encoded: Encoded, target: int | None, target_text: str | None, contrast: str | None
) -> Objective:
    def pooled(**given: Any) -> Tensor:
        hidden = loaded.model(**given).last_hidden_state
        mean: Tensor = hidden.mean(1)
        return mean

    if target is not None:
        if contrast is not None:
            raise CannotLoad("--contrast does not work with a unit of the embedding: pass --target or --contrast alone")
        size = int(_run(loaded, encoded).last_hidden_state.shape[-1])
        unit = _in_range(target, size, "units")
        return Objective(
            lambda **given: pooled(**given)[:, unit],
            f"unit {unit} of the mean-pooled embedding",
            f"output.last_hidden_state.mean(1)[:, {unit}]",
        )
    if contrast is not None and target_text is not None:
        raise CannotLoad("an encoder compares with one text: pass --target-text or --contrast, not both")
    other = target_text if target_text is not None else contrast
    remarks = () if other is None else _of_words(loaded, other)
    with torch.no_grad():
        if other is None:
            toward = pooled(input_ids=encoded.ids, **encoded.arguments)
        else:
            ids = loaded.tokenizer(other, return_tensors="pt")["input_ids"]
            toward = pooled(input_ids=ids)
    direction = toward[0] / toward[0].norm()
    named = "its own" if other is None else f"that of {other!r}"

    def closeness(**given: Any) -> Tensor:
        vectors = pooled(**given)
        product: Tensor = (vectors * direction.to(vectors)).sum(1) / vectors.norm(dim=1)
        return product

    of_text = "text" if other is None else repr(other)
    return Objective(
        closeness,
        f"the cosine of the mean-pooled embedding with {named}",
        f"torch.cosine_similarity(output.last_hidden_state.mean(1), embedding({of_text}))",
        remarks=remarks,
    )


def _of_words(loaded: Loaded, text: str) -> tuple[str, ...]:
    """Remarks on another text that an encoder compares with.

    Raises   CannotLoad if it has no tokens but special and unknown ones
    """
    ids: list[int] = loaded.tokenizer(text)["input_ids"]
    special = set(loaded.tokenizer.all_special_ids) - {loaded.tokenizer.unk_token_id}
    if all(one in special for one in ids):
        raise CannotLoad(f"the text {text!r} has no tokens to compare with, only special ones: pass a text with words")
    return tuple(unknown_words(loaded.tokenizer, text, ids))
