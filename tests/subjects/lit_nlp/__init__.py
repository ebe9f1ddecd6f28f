"""The component IntegratedGradients of lit-nlp."""
