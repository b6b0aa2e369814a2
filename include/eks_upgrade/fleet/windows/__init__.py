"""When work may begin: openings, freezes, and what passes by them for a while."""
