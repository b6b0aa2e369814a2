"""From an Airflow connection of the type Kubernetes Cluster Connection to a cluster's API.

For clusters that are reached without AWS. The connection is read by the provider's own hook, so
what it says (kubeconfig, in-cluster, context) holds; it is read anew for each token, so that one
that was rotated, on disk or in the connection, is taken up. Nothing of it is kept.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eks_upgrade_airflow.connection.lanes import in_aws_thread
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.loaded import access_of, token_of

if TYPE_CHECKING:
    from eks_upgrade_airflow.connection.kubernetes_hook import VerifiedKubernetesHook


@dataclass(frozen=True)
class KubernetesConnection:
    """A connection by its id, as a trigger can carry it: a name, no credentials."""

    conn_id: str

    @property
    def title(self) -> str:
        """How messages call the cluster that it leads to."""
        return f"the cluster of connection '{self.conn_id}'"

    def hook(self) -> "VerifiedKubernetesHook":
        """The provider's hook; it reads the connection when it is asked."""
        # Imported here: it takes seconds, and a DAG file must stay cheap to parse.
        from eks_upgrade_airflow.connection.kubernetes_hook import (  # noqa: PLC0415
            VerifiedKubernetesHook,
        )

        return VerifiedKubernetesHook(self.conn_id)

    def read_access(self) -> ClusterAccess:
        """How to reach the cluster.

        Raises:
            Refused: the connection is missing, cannot be used, or would not verify the cluster.
        """
        hook = self.hook()
        loaded, proxy = hook.load()
        at_hand = [token_of(loaded)]

        def token() -> str:
            return at_hand.pop() if at_hand else token_of(self.hook().load()[0])

        access = access_of(loaded, token, hook.refused, proxy)
        return replace(access, identity=f"kubernetes {self.conn_id}")

    async def read_access_async(self) -> ClusterAccess:
        """`read_access` for triggers, in a thread."""
        return await in_aws_thread(self.conn_id, self.read_access)
