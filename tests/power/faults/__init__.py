"""Faults planted on purpose in the subject `textbook`."""
