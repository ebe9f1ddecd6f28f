"""Tests of tests/subjects."""
