"""How long the oracle and the subjects take."""
