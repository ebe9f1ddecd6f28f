"""Captum."""
