"""A cluster with the tags that it has now: people change them while a run of the fleet goes on."""

from dataclasses import replace
from typing import Any

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.retrying import classify


def with_tags_of_now(address: ClusterAddress, cluster: FleetCluster, log: Any) -> FleetCluster:
    """The cluster, tagged as EKS says now; as it was found, where EKS gives no answer.

    The run that is started reads the cluster again, and says in its plan what is wrong.
    """
    try:
        raw = address.describe()
    except Exception as error:  # noqa: BLE001 - whatever it is, the run says it better
        log.info("the cluster's tags were not read again: %s", classify(error).message)
        return cluster
    return replace(cluster, tags=dict(raw.get("tags") or {}))
