"""The command line of the drain: its flags, and what is said of those of kubectl that it lacks."""
