"""Triggers: each polls for one thing with names, ids and absolute times."""
