"""Checks of the preflight: kubernetes."""
