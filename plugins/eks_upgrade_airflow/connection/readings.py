"""Reading what the checks of a preflight need, through an Airflow connection, side by side."""

import asyncio

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.reading import Readings
from include.eks_upgrade.preflight.side_by_side import read_all


def read_readings(address: ClusterAddress, clients: AwsClients, facts: ClusterFacts) -> Readings:
    """Every reading, or why it is not known; what cannot be read stops nothing."""
    there = facts.cluster.get("endpoint")
    access = address.access(dict(facts.cluster)) if there else None
    return asyncio.run(read_all(clients, facts, access))
