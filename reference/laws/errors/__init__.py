"""Group *errors*: a meaningless call raises an error that names the argument."""
