"""What is right: quadrature, path integrals, a model seen from one of its modules, budgets."""
