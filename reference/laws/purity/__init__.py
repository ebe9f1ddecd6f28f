"""Group *purity*."""
