"""The launch template version of a new node group: decided, found or made."""
