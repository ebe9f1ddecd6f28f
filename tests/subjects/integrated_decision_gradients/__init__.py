"""get_integrated_gradients of integrated-decision-gradients."""
