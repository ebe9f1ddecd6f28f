"""Write the page: `python -m tests.tools.recipe`."""

from __future__ import annotations

from tests.tools.recipe.page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
