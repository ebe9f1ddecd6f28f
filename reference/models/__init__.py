"""What F is: architectures, saved models, small nets, their variants and weights."""
