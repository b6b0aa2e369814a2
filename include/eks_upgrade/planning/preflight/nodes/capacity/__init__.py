"""Checks of the preflight: whether account, region and subnets have room for new nodes."""
