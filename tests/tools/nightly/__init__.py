"""The night's last word: the verdicts of all legs in one page, and in one issue. Nothing but Python is needed."""
