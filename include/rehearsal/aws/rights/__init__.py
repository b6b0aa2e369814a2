"""What AWS asks of a caller, and what it answers when a right is missing."""
