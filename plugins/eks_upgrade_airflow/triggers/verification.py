"""Triggers that wait until workloads, or the whole cluster, are as they should be."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from eks_upgrade_airflow.connection.facts import read_facts
from eks_upgrade_airflow.triggers.watch import Look, WatchTrigger
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification import (
    Replaced,
    WorkloadHealth,
    cluster_outcome,
    look_again,
)


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
            return _as_planned(facts, self.letter["plan"])

        yield look


def _as_planned(facts: ClusterFacts, plan: Mapping[str, Any]) -> Outcome:
    """`cluster_outcome` with what the plan (as JSON) wants; an add-on's last step counts."""
    addon_steps = [*plan["addons_before"], *plan["addons_after"]]
    return cluster_outcome(
        facts,
        to_version=plan["to_version"],
        addons={step["name"]: step["versions"][-1] for step in addon_steps if step["versions"]},
        groups=[
            Replaced(name=step["blue"], replacement=step["green"], to_version=step["to_version"])
            for step in plan["node_groups"]
        ],
    )
