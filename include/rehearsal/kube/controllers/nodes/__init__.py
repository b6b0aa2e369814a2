"""Nodes: their kubelets, their taints, and what becomes of those that stop reporting."""
