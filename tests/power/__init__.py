"""Detecting power of the suite: planted faults and mutation testing."""
