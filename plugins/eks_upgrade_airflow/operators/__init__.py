"""Operators: connect, call the library, translate."""
