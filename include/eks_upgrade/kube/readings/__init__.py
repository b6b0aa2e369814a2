"""What is read of Kubernetes for one check of the preflight each."""
