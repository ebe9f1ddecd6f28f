"""What users reported upstream, as they wrote it, with the answer."""
