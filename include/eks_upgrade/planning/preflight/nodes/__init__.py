"""Checks of the preflight: nodes."""
