"""LLMGradientAttribution of captum."""
