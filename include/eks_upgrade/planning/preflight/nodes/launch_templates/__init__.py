"""Checks of the preflight: launch templates and the user data in them."""
