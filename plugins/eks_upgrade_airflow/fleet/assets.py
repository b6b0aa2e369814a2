"""The asset by which other DAGs follow the fleet: an event for each cluster seen healthy.

Airflow writes an event when a task with this outlet succeeds, so the task that looks at the health
has it: what failed, was skipped or is unhealthy leaves none. Without a partition key: an event that
has one starts no DAG that is scheduled by the asset alone (Airflow 3.3.2, `assets/manager.py`).
"""

from typing import TYPE_CHECKING

from airflow.sdk import Asset

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.judge_ring import ClusterResult

if TYPE_CHECKING:
    from airflow.sdk import Context

CLUSTER_UPGRADED = Asset("eks_cluster_upgraded")


def note_upgraded(
    context: "Context", cluster: FleetCluster, ring: str, result: ClusterResult
) -> None:
    """Say in the event of this task which cluster it is about.

    Args:
        context: of a task that has the asset among its outlets.
        cluster: as discovery has found it, before its upgrade.
        ring: the ring's name.
        result: what was seen of it after the bake.
    """
    context["outlet_events"][CLUSTER_UPGRADED].extra = {
        "arn": cluster.arn,
        "account": cluster.account,
        "account_name": cluster.account_name,
        "region": cluster.region,
        "cluster": cluster.name,
        "from_version": cluster.version,
        "to_version": result.version,
        "ring": ring,
        "run": result.url,
        "report": result.report_url,
    }
