"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.request import (
    canary_group,
    facts_read,
    options,
    target_version,
    waivers,
)

CHECKS: tuple[Check, ...] = (
    options.CHECK,
    waivers.CHECK,
    target_version.CHECK,
    canary_group.CHECK,
    facts_read.CHECK,
)
