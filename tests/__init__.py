"""Who is tested, and how it is shown."""
