"""Tests of tests/report."""
