"""Tests of tests/power."""
