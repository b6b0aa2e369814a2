"""A simulated AWS account and Kubernetes API to practise upgrades in."""
