"""The way out when a node group will not go: look why, lift guards, and, last, delete its ASG."""
