"""The generator of reference/vectors: `python -m tests.tools.vectors`; see `--help`."""
