"""Which clusters, to which version, in which ring and order."""
