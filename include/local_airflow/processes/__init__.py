"""Child processes that never become orphans, and how a later process finds them again."""
