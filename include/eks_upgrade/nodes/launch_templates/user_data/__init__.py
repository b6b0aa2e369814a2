"""User data: read, renewed, written new."""
