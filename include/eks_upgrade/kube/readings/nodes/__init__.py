"""What is read of nodes, and of what lets them in and makes them."""
