"""GradientExplainer of shap."""
