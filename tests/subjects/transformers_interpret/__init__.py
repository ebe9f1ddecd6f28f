"""transformers-interpret, the explainers of sequence classification."""
