"""Operators of one node group: from its image to the deletion of the group that it replaces."""
