"""The places in BERT's embeddings that laws speak of."""

from __future__ import annotations

from reference.problem import Place, Setting


def table(setting: Setting) -> Place:
    """The word embeddings."""
    return Place(setting.prefix + "embeddings.word_embeddings")


def embeddings(setting: Setting) -> Place:
    """What the embedding module gives to the encoder."""
    return Place(setting.prefix + "embeddings")


def norm_input(setting: Setting) -> Place:
    """The sum of the three tables, before the LayerNorm."""
    return Place(setting.prefix + "embeddings.LayerNorm", at_input=True)


def tables(setting: Setting) -> tuple[Place, Place, Place]:
    """Word, position and token-type embeddings."""
    names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
    word, position, token_type = (Place(f"{setting.prefix}embeddings.{name}") for name in names)
    return word, position, token_type
