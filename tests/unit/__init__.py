"""What a run shows, tested."""
