"""Group *axioms*."""
