"""Evictions: whose turn it is, the requests themselves, and what is done past a budget."""
