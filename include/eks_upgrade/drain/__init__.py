"""Draining nodes: what a bare drain would refuse, which pods go when, and the engine that moves them."""
