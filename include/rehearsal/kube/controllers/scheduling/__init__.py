"""Which node a pod gets, or why it gets none."""
