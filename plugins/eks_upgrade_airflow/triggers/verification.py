"""Triggers that wait until workloads, or the whole cluster, are as they should be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eks_upgrade_airflow.connection.facts import read_facts
from eks_upgrade_airflow.triggers.watch import Look, WatchTrigger
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification import WorkloadHealth, look_again, verify_cluster


class EksWorkloadsTrigger(WatchTrigger):
    """Waits until the workloads are as well as before the drain.

    Letter: `nodegroup_name` (the old group), `before` (`WorkloadHealth.as_json` or None).
    """

    kind = "drain"

    @property
    def awaited(self) -> str:
        """What is verified."""
        return f"workloads that were on node group '{self.letter['nodegroup_name']}' to be well"

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Look]:
        """Yield a look at all pods and workloads."""
        before = self.letter["before"] and WorkloadHealth.from_json(self.letter["before"])
        async with KubeClient(await self.address.read_access_async()) as kube:

            async def look() -> Outcome:
                return await look_again(kube, self.letter["nodegroup_name"], before)

            yield look


class EksClusterVerifiedTrigger(WatchTrigger):
    """Waits until the whole cluster is as planned.

    Letter: `plan` (the plan as JSON).
    """

    @property
    def awaited(self) -> str:
        """What is verified."""
        return f"cluster '{self.cluster_name}' to be as planned"

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Look]:
        """Yield a look at control plane, add-ons, node groups and kubelets."""

        async def look() -> Outcome:
            facts = await asyncio.to_thread(read_facts, self.address)
            return verify_cluster(facts, self.letter["plan"])

        yield look
