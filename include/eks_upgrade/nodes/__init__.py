"""Nodes of every kind: what replaces them, what they start from, what is left to their owners."""
