"""IntegratedGradientsExplainer of bias-lens."""
