"""Disruption budgets, and the evictions they allow or refuse."""
