"""How an old node group is kept after its drain. Pure."""

SIZE, ZERO = "size", "zero"
KEEP_AT = (SIZE, ZERO)
"""The words of `keep_old_group_at`: with its nodes, or without."""
