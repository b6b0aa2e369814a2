"""How a cluster is after its upgrade and its ring's bake: what the ring is judged by."""
