"""Managed node groups: names, clone, readiness, fence, deletion, and the recovery of a deletion."""
