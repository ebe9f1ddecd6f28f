"""The explanation function of quantus for captum."""
