"""What a run shows: records gathered into the verdict, problems read back, reproducers. plugin.py imports no torch."""
