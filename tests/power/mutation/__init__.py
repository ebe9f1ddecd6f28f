"""Mutation testing: small changes made to a healthy subject by machine, and which of them the laws see."""
