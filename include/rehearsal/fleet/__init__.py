"""A fleet: twelve clusters in three accounts and two regions, of every kind that a fleet meets."""
