"""What is looked at before a cluster of a ring is touched."""
