"""Tests of `reference.check`."""
