"""Managed node groups, simulated: creation, updates, deletion, and their instances as nodes."""
