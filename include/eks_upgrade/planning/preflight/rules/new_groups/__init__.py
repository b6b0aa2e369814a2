"""The rules for the groups to be made: what they start from, and whether there is room for them."""
