"""Taking a control plane back by one minor: whether it may, and what goes back before it."""
