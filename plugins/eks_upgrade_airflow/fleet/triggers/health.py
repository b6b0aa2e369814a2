"""The trigger that looks at an upgraded cluster until it is healthy, or is seen not to be."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field
from typing import Any

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.lanes import in_aws_thread
from eks_upgrade_airflow.connection.shared_session import read_access, shared_aws
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.aws.addons import read_addons
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_node_groups
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.common.outcome import Done, NotYet, Outcome
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.fleet.health.ask import probe_problems
from include.eks_upgrade.fleet.health.cloud import cloud_problems, node_problems
from include.eks_upgrade.fleet.health.known import Known
from include.eks_upgrade.fleet.health.probes import Address
from include.eks_upgrade.fleet.health.read import workload_problems
from include.eks_upgrade.fleet.health.standing import Standing
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification.patience import WORSE_MINUTES

PROBLEMS = "problems"
"""Key of what was found in the event's data: one sentence each; none for a healthy cluster."""

LIMIT_MINUTES = 30.0
"""For how long a cluster that gives no answer is asked."""


@typed_trigger
class EksFleetHealthTrigger(WatchTrigger):
    """Looks at a cluster until one look finds nothing, or what is found has stood for minutes.

    Attributes:
        title: what people call the cluster.
        known: `Known.as_json`.
        addresses: `Address.as_json` of each address that has to answer.
        worse_minutes: for so long a problem has to stand before it counts.
    """

    title: str
    known: dict[str, Any]
    addresses: list[dict[str, Any]] = field(default_factory=list)
    worse_minutes: float = WORSE_MINUTES

    def __post_init__(self) -> None:
        """What looks have found so far outlives a connection that breaks."""
        super().__post_init__()
        self._standing = Standing(self.worse_minutes * 60)

    @property
    def awaited(self) -> str:
        """What is awaited."""
        return f"{self.title} to be healthy"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at AWS, nodes, workloads and addresses."""
        known = Known.from_json(self.known)
        addresses = [Address(**each) for each in self.addresses]
        async with KubeClient(await read_access(self.address)) as kube:

            async def probe() -> Outcome:
                cluster, groups, addons = await in_aws_thread(
                    self.address.account, lambda: _read(self.address)
                )
                problems = {
                    **cloud_problems(cluster, groups, addons, known),
                    **node_problems(await kube.nodes(), groups, known),
                    **await workload_problems(kube, known),
                    **await probe_problems(addresses),
                }
                return self._outcome(problems)

            yield probe

    def _outcome(self, problems: dict[str, str]) -> Outcome:
        found = self._standing.look(problems, time.time())
        if found is None:
            return NotYet(f"{self.title} is not well yet: {'; '.join(problems.values())}")
        text = "; ".join(found) or f"{self.title} is healthy"
        return Done(text, {PROBLEMS: list(found)})


def _read(address: ClusterAddress) -> tuple[RawDict, dict[str, RawDict], dict[str, RawDict]]:
    """The cluster, its managed node groups and its add-ons, raw."""
    eks, name = shared_aws(address).eks(), address.cluster
    with aws_errors_about(f"cluster '{name}'"):
        cluster = read_cluster(eks, name)
        if cluster is None:
            remedy = "nothing can be seen of it; if that is meant, take it out of the fleet"
            raise refusal("Its health cannot be seen", f"cluster '{name}'", "it is gone", remedy)
        return cluster, read_node_groups(eks, name), read_addons(eks, name)
