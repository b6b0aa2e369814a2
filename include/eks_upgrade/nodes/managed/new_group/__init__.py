"""The node group that replaces an old one: its name, its making, and whether it may take over."""
