"""The messy scenario: a cluster as real ones are after some years."""
