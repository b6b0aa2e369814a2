"""Rights inside a cluster, and asking whether the caller has them."""
