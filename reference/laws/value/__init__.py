"""Group *value*."""
