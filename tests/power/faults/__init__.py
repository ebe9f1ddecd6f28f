"""What the suite sees: faults planted on purpose in the subject `textbook`."""
