"""What is generated: Hypothesis strategies for problems. They make plain values; nothing here builds a model."""
