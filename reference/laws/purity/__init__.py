"""Group *purity*: a call leaves no trace, even if it raises."""
