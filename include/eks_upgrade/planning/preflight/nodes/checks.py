"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check

CHECKS: tuple[Check, ...] = ()
