"""The plan of one run, and everything it refuses."""
