"""Group *conventions*: chunks, batches, forms of arguments, dtypes, threads and modes change no result."""
