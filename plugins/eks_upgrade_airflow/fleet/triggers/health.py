"""The trigger that looks at an upgraded cluster until it is healthy, or is seen not to be."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field
from typing import Any

from eks_upgrade_airflow.connection.cluster_health import cluster_problems
from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Done, NotYet, Outcome
from include.eks_upgrade.fleet.health.ask import probe_problems
from include.eks_upgrade.fleet.health.known import Known
from include.eks_upgrade.fleet.health.probes import Address
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
                problems = {
                    **await cluster_problems(self.address, kube, known),
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
