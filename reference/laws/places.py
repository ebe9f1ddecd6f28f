"""The places in the embeddings that laws speak of. The setting knows them."""

from __future__ import annotations

from reference.problem import Place, Setting


def table(setting: Setting) -> Place:
    """The word embeddings."""
    return setting.word_table


def embeddings(setting: Setting) -> Place:
    """What the embedding module gives to the encoder."""
    return setting.embeddings_layer


def norm_input(setting: Setting) -> Place:
    """The sum of the three tables, before the LayerNorm."""
    return setting.norm_input


def tables(setting: Setting) -> tuple[Place, ...]:
    """Word, position and token-type embeddings."""
    return setting.tables
