"""Integrated Gradients of omnixai."""
