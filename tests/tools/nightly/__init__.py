"""The nightly run: the verdicts of all environments in one page and one issue. Only Python is needed."""
