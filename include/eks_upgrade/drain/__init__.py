"""Draining nodes: what a bare drain refuses, which pods go when, and the engine."""
