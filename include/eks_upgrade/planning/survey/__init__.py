"""What becomes of the pods on the nodes that are to be replaced, said before anything moves."""
