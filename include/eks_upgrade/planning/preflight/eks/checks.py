"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.eks import (
    aws_rights,
    cluster_health,
    cluster_state,
    control_plane_subnets,
    infrastructure_code,
    kubelet_skew,
    later_hops,
    upgrade_insights,
)

CHECKS: tuple[Check, ...] = (
    cluster_state.CHECK,
    cluster_health.CHECK,
    kubelet_skew.CHECK,
    later_hops.CHECK,
    control_plane_subnets.CHECK,
    upgrade_insights.CHECK,
    aws_rights.CHECK,
    infrastructure_code.CHECK,
)
