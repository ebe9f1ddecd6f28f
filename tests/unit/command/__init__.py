"""Tests of the command line `ig-conformance`."""
