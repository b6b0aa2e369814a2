"""Deferrable sensors: each waits for one thing AWS or Kubernetes does."""
