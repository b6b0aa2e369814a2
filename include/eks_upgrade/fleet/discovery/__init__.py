"""Which clusters there are, in which accounts and regions, and how each of them is."""
