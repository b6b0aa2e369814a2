"""Reading a cluster's facts through an Airflow connection."""

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.reading import read_cluster_state
from include.eks_upgrade.preflight import facts


def read_facts(address: ClusterAddress, clients: AwsClients | None = None) -> ClusterFacts:
    """Everything a plan judges; blocks.

    Args:
        address: where the cluster is.
        clients: made already; by default made here.

    Raises:
        UpgradeError: as AWS and Kubernetes answered.
    """
    return facts.read_facts(address, clients or address.clients())


def read_state(address: ClusterAddress, clients: AwsClients | None = None) -> ClusterFacts:
    """What a verification or a report judges, in a third of the calls; blocks.

    Args, raises: as `read_facts`.
    """
    found = read_cluster_state(clients or address.clients(), address.cluster)
    return facts.with_kubelets(address, found)
