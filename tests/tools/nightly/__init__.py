"""The nightly run: the verdicts of all environments in one page and one issue. It needs only Python."""
