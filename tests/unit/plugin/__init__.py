"""Tests of tests/plugin."""
