"""Group *conventions*."""
