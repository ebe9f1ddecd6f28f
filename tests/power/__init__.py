"""Whether the suite sees what is wrong: planted faults, mutation."""
