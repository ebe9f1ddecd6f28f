"""Group *errors*."""
