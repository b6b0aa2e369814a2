"""Updates that EKS was asked for: read, and what their states, kinds and errors mean."""
