"""EKS, simulated: clusters, add-ons, node groups, updates, insights."""
