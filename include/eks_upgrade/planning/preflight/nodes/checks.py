"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.nodes import (
    cluster_in_user_data,
    instance_metadata,
    kubelet_arguments,
)

CHECKS: tuple[Check, ...] = (
    cluster_in_user_data.CHECK,
    kubelet_arguments.CHECK,
    instance_metadata.CHECK,
)
