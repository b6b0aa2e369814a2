"""Who reads what of Kubernetes for the preflight."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.readings import asking
from include.eks_upgrade.kube.readings.api.api_services import API_SERVICES
from include.eks_upgrade.kube.readings.api.conversions import CONVERSIONS
from include.eks_upgrade.kube.readings.api.webhooks import WEBHOOKS
from include.eks_upgrade.kube.readings.attachments import ATTACHMENTS, VOLUME_LIMITS
from include.eks_upgrade.kube.readings.autoscalers import AUTOSCALERS
from include.eks_upgrade.kube.readings.components import COMPONENTS
from include.eks_upgrade.kube.readings.cron_jobs import CRON_JOBS
from include.eks_upgrade.kube.readings.kube_proxy import KUBE_PROXY
from include.eks_upgrade.kube.readings.nodes.node_access import AWS_AUTH, MANAGER_ACCESS
from include.eks_upgrade.kube.readings.nodes.node_pools import NODE_POOLS
from include.eks_upgrade.kube.readings.nodes.node_rooms import NODE_ROOMS
from include.eks_upgrade.kube.readings.nodes.node_systems import NODE_SYSTEMS
from include.eks_upgrade.kube.readings.nodes.read_node_access import (
    read_aws_auth,
    read_manager_access,
)
from include.eks_upgrade.kube.readings.nodes.read_node_pools import read_node_pools
from include.eks_upgrade.kube.readings.nodes.read_node_systems import read_node_systems
from include.eks_upgrade.kube.readings.proxy_mode import PROXY_MODE
from include.eks_upgrade.kube.readings.quotas import QUOTAS
from include.eks_upgrade.kube.readings.read_components import read_components
from include.eks_upgrade.kube.readings.read_proxy_mode import read_proxy_mode

KubeReader = Callable[[KubeClient], Awaitable[object]]
"""Asks the cluster; raises as `KubeClient` does, which the caller turns into `NotRead`."""

READERS: Mapping[Reading[Any], KubeReader] = {
    WEBHOOKS: asking.read_webhooks,
    CONVERSIONS: asking.read_conversions,
    API_SERVICES: asking.read_api_services,
    ATTACHMENTS: asking.read_attachments,
    VOLUME_LIMITS: asking.read_volume_limits,
    NODE_ROOMS: asking.read_node_rooms,
    AUTOSCALERS: asking.read_autoscalers,
    QUOTAS: asking.read_quotas,
    CRON_JOBS: asking.read_cron_jobs,
    KUBE_PROXY: asking.read_kube_proxy,
    NODE_SYSTEMS: read_node_systems,
    NODE_POOLS: read_node_pools,
    PROXY_MODE: read_proxy_mode,
    COMPONENTS: read_components,
    MANAGER_ACCESS: read_manager_access,
    AWS_AUTH: read_aws_auth,
}
"""A new reading is added here; all are read side by side."""
