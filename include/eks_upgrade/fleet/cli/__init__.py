"""The command line of a fleet: `python -m include.eks_upgrade.fleet`."""
