"""The recipe of each family, computed from runs: `python -m tests.tools.recipe` writes reference/models/README.md."""
