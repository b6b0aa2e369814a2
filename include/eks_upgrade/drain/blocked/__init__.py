"""Pods that will not go: why, what is done about it, and the question to a person."""
