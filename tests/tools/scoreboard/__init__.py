"""The scoreboard: one static site from the verdicts on all subjects."""
