"""The verdict as text, Markdown and JSON; problems parsed from their repr; reproducers."""
