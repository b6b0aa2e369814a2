"""One task of a run of the fleet each: read, ask the library, tell."""
