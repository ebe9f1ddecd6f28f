"""The oracle as a subject."""
