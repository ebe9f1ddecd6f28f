"""Integrated gradients of inseq."""
