"""Tests of tests/properties."""
