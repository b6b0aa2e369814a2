"""What a kubelet takes and what it refuses, by Kubernetes minor."""
