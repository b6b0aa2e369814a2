"""Reading what new node groups will take: AWS's side, and the CNI's."""

import asyncio
from collections.abc import Mapping

from include.eks_upgrade.aws.capacity.cni import NAME, NAMESPACE, cni_mode
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.nodes.managed.read_surge import read_surge
from include.eks_upgrade.preflight.reached import Reached


def read_surge_facts(
    address: Reached, clients: AwsClients, facts: ClusterFacts, groups: Mapping[str, Raw]
) -> ClusterFacts:
    """The facts, with what replacements of `groups` will take.

    Raises:
        UpgradeError: as AWS and Kubernetes answered.
    """
    if not groups or not facts.cluster.get("endpoint"):
        return facts
    daemonset = asyncio.run(_cni_daemonset(address.access(dict(facts.cluster))))
    mode = cni_mode(daemonset, facts.addons.get("vpc-cni"))
    return facts.with_surge(read_surge(clients, groups, mode, facts.subnets))


async def _cni_daemonset(access: ClusterAccess) -> Raw | None:
    """The VPC CNI's DaemonSet; listed, for nothing else may be read of DaemonSets.

    None, too, when they may not be listed: the survey refuses that, with all other problems.
    """
    async with KubeClient(access) as kube:
        try:
            listed, _ = await kube.raw_list("daemonsets")
        except Refused as error:
            if error.credentials:
                raise
            return None
    return next((one for one in listed if _is_cni(one["metadata"])), None)


def _is_cni(metadata: Raw) -> bool:
    return (metadata.get("namespace"), metadata.get("name")) == (NAMESPACE, NAME)
