"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.addons import (
    addon_configurations,
    addon_ways,
    self_managed_addons,
)
from include.eks_upgrade.planning.preflight.check import Check

CHECKS: tuple[Check, ...] = (
    addon_ways.CHECK,
    addon_configurations.CHECK,
    self_managed_addons.CHECK,
)
