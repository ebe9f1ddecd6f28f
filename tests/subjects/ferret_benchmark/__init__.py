"""ferret-xai, as it is called by its Benchmark."""
