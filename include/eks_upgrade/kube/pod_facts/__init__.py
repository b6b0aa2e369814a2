"""What a survey of the pods needs to know of them, beyond what the drain needs."""
