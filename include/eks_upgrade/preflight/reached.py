"""What a cluster is reached by, wherever its credentials come from."""

from typing import Any, Protocol

from include.eks_upgrade.kube.connection.access import ClusterAccess


class Reached(Protocol):
    """Where a cluster is: an Airflow connection, or boto3's own chain on a command line."""

    @property
    def cluster(self) -> str:
        """The cluster's name."""

    def access(self, cluster: dict[str, Any]) -> ClusterAccess:
        """How to reach the Kubernetes API of a cluster as DescribeCluster returned it."""


class ReachedOnce:
    """The same for several readers one after the other: each new access makes a boto3 session.

    For the minutes of one look, in which a cluster's endpoint and its CA stay what they are.
    """

    def __init__(self, reached: Reached) -> None:
        self._reached = reached
        self._access: ClusterAccess | None = None

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self._reached.cluster

    def access(self, cluster: dict[str, Any]) -> ClusterAccess:
        """As the first reader was given it."""
        if self._access is None:
            self._access = self._reached.access(cluster)
        return self._access
