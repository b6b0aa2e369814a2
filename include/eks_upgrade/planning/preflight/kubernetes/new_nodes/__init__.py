"""Whether what moves finds a place on the nodes that replace the old ones."""
