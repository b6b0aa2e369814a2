"""What a run of the fleet waits for in the triggerer: a turn, a run of `eks_upgrade`, a bake."""
