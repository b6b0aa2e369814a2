"""Which rights in AWS a run will need, so that the plan can ask for them."""
