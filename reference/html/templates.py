"""Templates of a folder, which can include the style sheet of this one. Imported only if a page is written."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def templates(folder: Path) -> Environment:
    """The templates in the folder."""
    return Environment(
        # Always: what a subject returns or a tokenizer holds may be markup.
        autoescape=True,
        loader=FileSystemLoader([folder, Path(__file__).parent]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
