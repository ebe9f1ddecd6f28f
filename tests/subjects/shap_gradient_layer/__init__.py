"""GradientExplainer of shap at a layer."""
