"""A run of the fleet: what it was asked for, what may begin when, and how it has ended."""
