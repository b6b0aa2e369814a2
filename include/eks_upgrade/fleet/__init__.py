"""Many clusters: which of them goes when, in rings, within windows, and when to stop."""
