"""Commands: python -m tests.tools.NAME."""
