"""The pytest plugins: options, profiles, failing examples, records."""
