"""Checks of the preflight: what nodes run beneath their pods."""
