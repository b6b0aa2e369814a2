"""Who reads what of AWS for the preflight."""

from collections.abc import Callable, Mapping
from typing import Any

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.cluster_surroundings import (
    ACCESS_ENTRIES,
    CLUSTER_ROLE,
    ENCRYPTION_KEYS,
    OTHER_INSIGHTS,
    SECURITY_GROUPS,
)
from include.eks_upgrade.aws.readings.group_needs import OFFERINGS, STORAGE, TEMPLATE_VERSIONS
from include.eks_upgrade.aws.readings.instance_refreshes import INSTANCE_REFRESHES
from include.eks_upgrade.aws.readings.named_quotas import NAMED_QUOTAS
from include.eks_upgrade.aws.readings.node_prices import NODE_PRICES
from include.eks_upgrade.aws.readings.own_groups import OWN_GROUPS
from include.eks_upgrade.aws.readings.read_cluster_surroundings import (
    read_access_entries,
    read_cluster_role,
    read_encryption_keys,
    read_other_insights,
    read_security_groups,
)
from include.eks_upgrade.aws.readings.read_group_needs import (
    read_offerings,
    read_storage,
    read_template_versions,
)
from include.eks_upgrade.aws.readings.read_instance_refreshes import read_instance_refreshes
from include.eks_upgrade.aws.readings.read_named_quotas import read_named_quotas
from include.eks_upgrade.aws.readings.read_node_prices import read_node_prices
from include.eks_upgrade.aws.readings.read_own_groups import read_own_groups
from include.eks_upgrade.aws.readings.read_zonal_shifts import read_zonal_shifts
from include.eks_upgrade.aws.readings.zonal_shifts import ZONAL_SHIFTS
from include.eks_upgrade.common.reading import Reading

AwsReader = Callable[[AwsClients, ClusterFacts], object]
"""Asks AWS; raises what botocore raises, which the caller turns into `NotRead`."""

READERS: Mapping[Reading[Any], AwsReader] = {
    NODE_PRICES: read_node_prices,
    OTHER_INSIGHTS: read_other_insights,
    SECURITY_GROUPS: read_security_groups,
    CLUSTER_ROLE: read_cluster_role,
    ENCRYPTION_KEYS: read_encryption_keys,
    ACCESS_ENTRIES: read_access_entries,
    OFFERINGS: read_offerings,
    TEMPLATE_VERSIONS: read_template_versions,
    STORAGE: read_storage,
    NAMED_QUOTAS: read_named_quotas,
    OWN_GROUPS: read_own_groups,
    ZONAL_SHIFTS: read_zonal_shifts,
    INSTANCE_REFRESHES: read_instance_refreshes,
}
"""A new reading is added here; all are read side by side, in threads. What needs to know
more of the cluster first is in `preflight/afterwards.py`."""
