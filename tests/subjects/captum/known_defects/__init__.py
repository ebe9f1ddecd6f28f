"""Captum's known defects."""
