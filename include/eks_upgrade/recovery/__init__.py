"""A node group that will not go: diagnosis and the ladder of repairs."""
