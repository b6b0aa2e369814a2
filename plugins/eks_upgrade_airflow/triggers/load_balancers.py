"""The trigger that waits until load balancers have let go of the nodes of a group."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.nodes.managed.load_balancers import load_balancers_outcome


@typed_trigger
class EksLoadBalancersTrigger(WatchTrigger):
    """Waits until every labelled node has been out of the load balancers for long enough.

    Attributes:
        nodegroup_name: the group.
        seconds: for how long.
    """

    kind = "drain"

    nodegroup_name: str
    seconds: float

    @property
    def awaited(self) -> str:
        """Whose connections are awaited."""
        return f"connections through load balancers to node group '{self.nodegroup_name}' to end"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the nodes' labels."""
        async with KubeClient(await read_access(self.address)) as kube:

            async def probe() -> Outcome:
                nodes = await kube.nodes(self.nodegroup_name)
                return load_balancers_outcome(nodes, self.seconds, time.time())

            yield probe
