"""Group *agreement*."""
