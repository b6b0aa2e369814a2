"""What is read of what the API server itself calls: webhooks, and APIs that Services serve."""
