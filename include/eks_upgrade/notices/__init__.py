"""What people are told of a run while they do something else: who is told, and in which words."""
