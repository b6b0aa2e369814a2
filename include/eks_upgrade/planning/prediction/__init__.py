"""What an upgrade will take: minutes, nodes and dollars, told before anything is touched."""
