"""Integrated Gradients of tdhook."""
