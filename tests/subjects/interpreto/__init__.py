"""IntegratedGradients of interpreto."""
