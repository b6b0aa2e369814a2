"""A cluster whose workloads and webhooks stand in an upgrade's way, each in a way of its own."""
