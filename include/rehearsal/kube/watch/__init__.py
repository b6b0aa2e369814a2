"""Watches: streams of what changes."""
