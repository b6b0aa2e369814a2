"""Checks of the preflight: addons."""
