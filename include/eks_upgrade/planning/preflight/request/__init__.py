"""Checks of the preflight about the request of a run."""
