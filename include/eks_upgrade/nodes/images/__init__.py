"""The machine image of new nodes: chosen, found, and judged."""
