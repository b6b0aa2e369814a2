"""Moving the control plane by one minor."""
