"""What a run shows: one record per law and method, gathered into the verdict. Nothing here imports torch."""
