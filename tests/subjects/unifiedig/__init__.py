"""Unified Integrated Gradients."""
