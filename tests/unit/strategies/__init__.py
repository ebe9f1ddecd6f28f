"""Tests of `strategies`: validity, reach, shrinking, information."""
