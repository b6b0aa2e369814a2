"""What a cluster is reached by, wherever its credentials come from."""

from typing import Any, Protocol

from include.eks_upgrade.kube.access import ClusterAccess


class Reached(Protocol):
    """Where a cluster is: an Airflow connection, or boto3's own chain on a command line."""

    @property
    def cluster(self) -> str:
        """The cluster's name."""

    def access(self, cluster: dict[str, Any]) -> ClusterAccess:
        """How to reach the Kubernetes API of a cluster as DescribeCluster returned it."""
