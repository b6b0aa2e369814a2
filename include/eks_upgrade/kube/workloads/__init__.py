"""What controllers keep: how many pods they are to have, and which are theirs."""
