"""The page reference/models/README.md: how to ask for Integrated Gradients of the model that you have."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tests.tools.recipe import trained
from tests.tools.recipe.claims import CLAIMS
from tests.tools.recipe.families import ORDINARY, STEPS, table
from tests.tools.recipe.trained import REACTION

PAGE = Path(__file__).parents[3] / "reference" / "models" / "README.md"

ISSUE = "https://github.com/meta-pytorch/captum/issues/"

START, END = "<!-- recipe -->", "<!-- /recipe -->"

TEXT = f"""# How do I get Integrated Gradients of my transformer?

For each family of models, this page says which module to pass to `LayerIntegratedGradients` (LIG), which baseline to
choose, and how to call `IntegratedGradients` (IG) on `inputs_embeds` so that both agree. It answers captum
[#1132]({ISSUE}1132), [#460]({ISSUE}460), [#624]({ISSUE}624), [#1119]({ISSUE}1119), [#1237]({ISSUE}1237),
[#1269]({ISSUE}1269), [#1297]({ISSUE}1297) and [#1413]({ISSUE}1413). `python -m tests.tools.recipe` computes the page
from runs of random small models, and `pytest tests/unit/tools/test_recipe.py` recomputes each row and each sentence.

1. Pass LIG the word table of the second column. LIG then attributes the model as you run it on ids.
2. Choose an ordinary token as the baseline, and keep special tokens. PAD's zero vector makes F jump at the baseline if
   an RMSNorm follows, or a LayerNorm without positions before it: compare the last two columns.
3. To use IG on `inputs_embeds`, first make F(embeddings) = F(ids) (fifth column). Then IG and LIG agree bit for bit.
4. Do not expect the same token scores from LIG at the embeddings: their norm bends the path (seventh column).
5. Look at the delta of LIG as called (eighth column). If more steps do not reduce it, ids have a second path.

Each model has two layers and eight units; the second of two rows is padded on its right. "As called" gives ids or
embeddings with a mask and nothing else; the baseline is PAD. The ordinary token is {ORDINARY}. All use {STEPS} steps.
Percentages are shares of the largest value, or of F(x) − F(x').

"""


STEPS_OF_ALBERT = f"""## Are {STEPS} steps enough?

Not for every model. The ALBERT of `rxnmapper` 0.4.3, a trained masked language model, runs one layer twelve times.
F is the logit of a token that the model sees, in the reaction `{REACTION}`, and the baseline is MASK. The attributions
are right for each number of steps: the laws pass. But the total is F(x) − F(x') only if the rule has converged.
Look at the delta, and use more steps until it is small. [The check](../check/README.md) computes how many.
`pytest tests/properties/test_trained_reactions.py` tests this.

"""


LAWS_OF_FAMILIES = """## Which laws apply to which family?

A number counts the problems that the laws of a row passed, all methods together, on a right implementation (textbook).
A letter gives the reason why the laws do not apply. `python -m tests.tools.families FOLDER` writes the table from
the verdicts of `pytest tests/properties/test_laws.py --subject textbook --hypothesis-profile smoke --family NAME
--verdict-json=FOLDER/verdict-NAME.json`, run for each family. Laws on small nets, without a family, are not in it.

"""


def kept(name: str) -> list[str]:
    """What stands between the comments with this name, which are part of it, on the page as it is."""
    written = PAGE.read_text(encoding="utf-8").splitlines()
    start, end = (written.index(f"<!-- {mark}{name} -->") for mark in ("", "/"))
    return written[start : end + 1]


def page() -> str:
    """The whole page. What needs weights that are not installed, or verdicts, stays as it is."""
    installed = find_spec(trained.ALBERT.package) is not None
    albert = ["<!-- albert -->", *trained.table(), "<!-- /albert -->"] if installed else kept("albert")
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
            *STEPS_OF_ALBERT.splitlines(),
            *albert,
            "",
            *LAWS_OF_FAMILIES.splitlines(),
            *kept("families and laws"),
            "",
        ]
    )
