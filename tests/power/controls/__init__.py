"""Controls: right subjects that must pass every law, and wrong ones that must pass only what is true of them."""
