"""Asking EC2 which instances have ended, for waits: in a thread."""

from collections.abc import Collection

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.lanes import in_aws_thread
from include.eks_upgrade.aws.ended_instances import read_ended


async def ended_instances(address: ClusterAddress, ids: Collection[str]) -> frozenset[str]:
    """Those of the instances that are terminated.

    Raises:
        UpgradeError: as EC2 answered.
    """
    # Clients of its own: it is asked once in a while, and only while a node is silent.
    return await in_aws_thread(address.account, lambda: read_ended(address.clients().ec2, ids))
