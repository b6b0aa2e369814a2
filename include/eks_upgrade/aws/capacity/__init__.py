"""What new nodes take of an account, and what it has: quotas, capacity, addresses."""
