"""Controllers, scheduler and kubelets: what brings objects to life."""
