"""Checks of the preflight: eks."""
