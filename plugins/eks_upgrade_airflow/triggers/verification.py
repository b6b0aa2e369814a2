"""Triggers that wait until workloads, or the whole cluster, are as they should be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from eks_upgrade_airflow.connection.facts import read_facts
from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification import (
    Replaced,
    WorkloadHealth,
    cluster_outcome,
    look_again,
)


@typed_trigger
class EksWorkloadsTrigger(WatchTrigger):
    """Waits until the workloads are as well as before the drain.

    Attributes:
        nodegroup_name: the old group.
        before: `WorkloadHealth.as_json` of the time before; None or empty when nobody looked.
    """

    kind = "drain"

    nodegroup_name: str
    before: dict[str, Any] | None = None

    @property
    def awaited(self) -> str:
        """What is verified."""
        return f"workloads that were on node group '{self.nodegroup_name}' to be well"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at all pods and workloads."""
        before = WorkloadHealth.from_json(self.before) if self.before else None
        async with KubeClient(await read_access(self.address)) as kube:

            async def probe() -> Outcome:
                return await look_again(kube, self.nodegroup_name, before)

            yield probe


@typed_trigger
class EksClusterVerifiedTrigger(WatchTrigger):
    """Waits until the whole cluster is as planned.

    Attributes:
        to_version: Kubernetes minor of the control plane (`1.26`).
        addon_versions: wanted version by name, of the add-ons that were to be updated.
        replaced: `{"name", "replacement", "to_version"}` of each node group that was to be.
    """

    to_version: str
    addon_versions: dict[str, str]
    replaced: list[dict[str, str]]

    @property
    def awaited(self) -> str:
        """What is verified."""
        return f"cluster '{self.cluster_name}' to be as planned"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at control plane, add-ons, node groups and kubelets."""
        groups = [Replaced(**each) for each in self.replaced]

        async def probe() -> Outcome:
            facts = await asyncio.to_thread(read_facts, self.address)
            return cluster_outcome(
                facts, to_version=self.to_version, addons=self.addon_versions, groups=groups
            )

        yield probe
