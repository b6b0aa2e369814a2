"""EKS add-ons: which version when, and the update itself."""
