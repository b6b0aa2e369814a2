"""A look at a whole cluster after a change: what AWS, its nodes and its workloads say."""

import asyncio
import logging

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.lanes import in_aws_thread
from eks_upgrade_airflow.connection.shared_session import read_access, shared_aws
from include.eks_upgrade.aws.addons import read_addons
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_node_groups
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.common.errors import UpgradeError, refusal
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.fleet.health.cloud import cloud_problems, node_problems
from include.eks_upgrade.fleet.health.known import MAX_KEPT, Known
from include.eks_upgrade.fleet.health.read import unwell_now, workload_problems
from include.eks_upgrade.kube.client import KubeClient

log = logging.getLogger(__name__)


async def cluster_problems(
    address: ClusterAddress, kube: KubeClient, known: Known
) -> dict[str, str]:
    """What is not well now and was well before, by what has it, as sentences.

    Args:
        address: where the cluster is.
        kube: a client of its Kubernetes API.
        known: of the cluster before.
    """
    cluster, groups, addons = await in_aws_thread(address.account, lambda: _read(address))
    return {
        **cloud_problems(cluster, groups, addons, known),
        **node_problems(await kube.nodes(), groups, known),
        **await workload_problems(kube, known),
    }


def unwell_before(address: ClusterAddress) -> dict[str, int]:
    """Workloads that are not well before a change, with their Ready pods.

    A cluster that gives no answer keeps no upgrade from its start: the run's own plan asks it.
    """
    try:
        found = asyncio.run(_unwell(address))
    except UpgradeError as error:
        log.warning("what is not well before the upgrade is not known: %s", error)
        return {}
    return dict(sorted(found.items())[:MAX_KEPT])


async def _unwell(address: ClusterAddress) -> dict[str, int]:
    async with KubeClient(await read_access(address)) as kube:
        return await unwell_now(kube)


def _read(address: ClusterAddress) -> tuple[RawDict, dict[str, RawDict], dict[str, RawDict]]:
    """The cluster, its managed node groups and its add-ons, raw."""
    eks, name = shared_aws(address).eks(), address.cluster
    with aws_errors_about(f"cluster '{name}'"):
        cluster = read_cluster(eks, name)
        if cluster is None:
            remedy = "nothing can be seen of it; if that is meant, take it out of the fleet"
            raise refusal("Its health cannot be seen", f"cluster '{name}'", "it is gone", remedy)
        return cluster, read_node_groups(eks, name), read_addons(eks, name)
