"""Who checks the oracle: tests of `reference`."""
