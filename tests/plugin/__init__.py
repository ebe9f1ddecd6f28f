"""The pytest side: options, profiles, examples, records."""
