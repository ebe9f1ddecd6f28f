"""The page reference/models/README.md: how to ask for Integrated Gradients of the model that you have."""

from __future__ import annotations

from pathlib import Path

from tests.tools.recipe.claims import CLAIMS
from tests.tools.recipe.families import ORDINARY, STEPS, table

PAGE = Path(__file__).parents[3] / "reference" / "models" / "README.md"

ISSUE = "https://github.com/meta-pytorch/captum/issues/"

START, END = "<!-- recipe -->", "<!-- /recipe -->"

TEXT = f"""# How do I get Integrated Gradients of my transformer?

This page answers, for each family of models, which module to give `LayerIntegratedGradients` (LIG), which baseline to
choose, and how `IntegratedGradients` (IG) on `inputs_embeds` must be called to mean the same. It answers captum
[#1132]({ISSUE}1132), [#460]({ISSUE}460), [#624]({ISSUE}624), [#1119]({ISSUE}1119), [#1237]({ISSUE}1237),
[#1269]({ISSUE}1269), [#1297]({ISSUE}1297) and [#1413]({ISSUE}1413). `python -m tests.tools.recipe` computes the page
from runs of random small models, and `pytest tests/unit/tools/test_recipe.py` recomputes each row and each sentence.

1. Give LIG the word table of the second column. Its attribution is that of the model which you run on ids.
2. Choose an ordinary token as the baseline, and keep special tokens. PAD's zero vector under RMSNorm, or under a
   LayerNorm without positions before it, makes F jump at the baseline: compare the last two columns.
3. To use IG on `inputs_embeds`, make both one function first (fifth column). Then IG and LIG agree bit for bit.
4. Do not expect the same token scores from LIG at the embeddings: their norm bends the path (seventh column).
5. Look at the delta of LIG as called (eighth column). If more steps do not make it smaller, ids have a second path.

Each model has two layers and eight units; the second of two rows is padded on its right. "As called" gives ids or
embeddings with a mask and nothing else, from a baseline of PAD. The other token is {ORDINARY}. All use {STEPS} steps.
Shares are of the largest value, or of F(x) − F(x').

"""


def page() -> str:
    """The whole page."""
    sentences = [f"- {text.replace('[captum#1119]', f'[captum#1119]({ISSUE}1119)')}" for text, _ in CLAIMS]
    return "\n".join(
        [
            TEXT.rstrip("\n"),
            "",
            START,
            *table(),
            END,
            "",
            "## What goes wrong silently, and what does not run?",
            "",
            *sentences,
            "",
        ]
    )
