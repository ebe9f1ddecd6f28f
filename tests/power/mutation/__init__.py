"""Mutation testing: change a subject in small ways, and count the changes that the laws detect."""
