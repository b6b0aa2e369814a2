"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.nodes import (
    few_nodes,
    later_rolls,
    left_behind,
    node_groups,
    node_images,
    other_kinds_of_nodes,
    standing_groups,
)
from include.eks_upgrade.planning.preflight.nodes.autoscaling import (
    auto_scaling_guards,
    auto_scaling_settings,
    instance_refreshes,
    node_autoscalers,
    node_pools,
)
from include.eks_upgrade.planning.preflight.nodes.capacity import (
    ebs_storage,
    instance_type_offerings,
    node_subnets,
    reservations_ending,
    reserved_capacity,
    service_quotas,
)
from include.eks_upgrade.planning.preflight.nodes.launch_templates import (
    cluster_in_user_data,
    instance_metadata,
    kubelet_arguments,
    launch_templates,
    template_drift,
)
from include.eks_upgrade.planning.preflight.nodes.systems import (
    amazon_linux_2,
    cgroup_v1,
    container_runtime,
    kube_proxy_mode,
)

CHECKS: tuple[Check, ...] = (
    node_groups.CHECK,
    node_images.CHECK,
    standing_groups.CHECK,
    launch_templates.CHECK,
    template_drift.CHECK,
    node_subnets.CHECK,
    instance_type_offerings.CHECK,
    reserved_capacity.CHECK,
    reservations_ending.CHECK,
    service_quotas.CHECK,
    ebs_storage.CHECK,
    later_rolls.CHECK,
    auto_scaling_settings.CHECK,
    auto_scaling_guards.CHECK,
    instance_refreshes.CHECK,
    few_nodes.CHECK,
    other_kinds_of_nodes.CHECK,
    node_pools.CHECK,
    left_behind.CHECK,
    cluster_in_user_data.CHECK,
    kubelet_arguments.CHECK,
    instance_metadata.CHECK,
    amazon_linux_2.CHECK,
    cgroup_v1.CHECK,
    container_runtime.CHECK,
    kube_proxy_mode.CHECK,
    node_autoscalers.CHECK,
)
