"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.nodes import (
    auto_scaling_settings,
    cluster_in_user_data,
    few_nodes,
    instance_metadata,
    kubelet_arguments,
    launch_templates,
    left_behind,
    node_groups,
    node_images,
    node_subnets,
    other_kinds_of_nodes,
    reserved_capacity,
    service_quotas,
    standing_groups,
)

CHECKS: tuple[Check, ...] = (
    node_groups.CHECK,
    node_images.CHECK,
    standing_groups.CHECK,
    launch_templates.CHECK,
    node_subnets.CHECK,
    reserved_capacity.CHECK,
    service_quotas.CHECK,
    auto_scaling_settings.CHECK,
    few_nodes.CHECK,
    other_kinds_of_nodes.CHECK,
    left_behind.CHECK,
    cluster_in_user_data.CHECK,
    kubelet_arguments.CHECK,
    instance_metadata.CHECK,
)
