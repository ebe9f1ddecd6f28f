"""Group *axioms*: what the axioms say of zeros, sums, symmetry, scale and reversed paths."""
