"""Tests of the tests of the laws."""
