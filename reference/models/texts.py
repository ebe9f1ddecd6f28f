"""Texts as the data of a problem, and a tokenizer made in code: nothing is downloaded.

Words are made of the letters a, b and c. Each letter is a piece, so a word of two letters has two tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reference.short_repr import ShortRepr

SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]")
"""In the order of their ids: those of PAD, CLS and SEP are the ones of the families."""

LETTERS = "abc"

PIECES = (*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS))
"""The vocabulary."""

TEMPLATES = {
    "encoder": ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
    "decoder with a first token": ("[CLS] $A", None),
    "decoder": None,
}
"""What a tokenizer adds to a text, and to a pair."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Texts(ShortRepr):
    """Texts that are scored in one call. With `seconds`, each is a pair. `answer` is what a decoder says after each.

    Raises   ValueError for no text, and unless there are as many seconds as texts
    """

    texts: tuple[str, ...]
    seconds: tuple[str, ...] | None = None
    answer: str | None = None

    def __post_init__(self) -> None:
        if not self.texts or (self.seconds is not None and len(self.seconds) != len(self.texts)):
            raise ValueError(f"expected a text, and as many seconds as texts; got {self.texts!r}, {self.seconds!r}")

    @property
    def passed(self) -> tuple[str | tuple[str, str], ...]:
        """What a subject gets: a string, or two strings, for each text."""
        return self.texts if self.seconds is None else tuple(zip(self.texts, self.seconds, strict=True))


def tokenizer(template: str, arguments: tuple[str, ...], longest: int) -> Any:
    """A new tokenizer of transformers, which adds what `template` in TEMPLATES says.

    `arguments` are those of the model beside its ids; `longest` is the greatest number of tokens.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {piece: number for number, piece in enumerate(PIECES)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.decoder = decoders.WordPiece()
    added = TEMPLATES[template]
    if added:
        special = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
        made.post_processor = processors.TemplateProcessing(single=added[0], pair=added[1], special_tokens=special)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=longest,
        model_input_names=["input_ids", *arguments],
        pad_token="[PAD]",
        unk_token="[UNK]",
        mask_token="[MASK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        bos_token="[CLS]",
        eos_token="[SEP]",
    )
