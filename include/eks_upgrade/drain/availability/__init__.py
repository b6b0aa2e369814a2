"""How many pods of each workload must be Ready while its pods are moved, and how many were."""
