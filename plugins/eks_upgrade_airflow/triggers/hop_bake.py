"""The trigger that looks at a cluster for a while between two hops."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from eks_upgrade_airflow.connection.cluster_health import cluster_problems
from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.fleet.health.known import Known
from include.eks_upgrade.fleet.health.standing import Standing
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification.patience import WORSE_MINUTES


@typed_trigger
class EksHopBakeTrigger(WatchTrigger):
    """Looks until a moment has come and the cluster is well; fails once it is not for minutes.

    Attributes:
        known: `Known.as_json`.
        until: epoch seconds.
        worse_minutes: for so long a problem has to stand before it counts.
    """

    known: dict[str, Any]
    until: float
    worse_minutes: float = WORSE_MINUTES

    def __post_init__(self) -> None:
        """What looks have found so far outlives a connection that breaks."""
        super().__post_init__()
        self._standing = Standing(self.worse_minutes * 60)

    @property
    def awaited(self) -> str:
        """Until when."""
        end = datetime.fromtimestamp(self.until, UTC)
        return f"the bake of cluster '{self.cluster_name}' until {end:%Y-%m-%d %H:%M:%S} UTC"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at AWS, nodes and workloads."""
        known = Known.from_json(self.known)
        async with KubeClient(await read_access(self.address)) as kube:

            async def probe() -> Outcome:
                return self._outcome(await cluster_problems(self.address, kube, known))

            yield probe

    def _outcome(self, problems: dict[str, str]) -> Outcome:
        now = time.time()
        standing = self._standing.look(problems, now)
        if standing:
            text = "; ".join(standing)
            return Failed(f"the cluster is not well after this hop: {text}. No next hop is started")
        if not problems and now >= self.until:
            return Done(f"cluster '{self.cluster_name}' has baked and is well")
        return NotYet("; ".join([self.awaited, *problems.values()]), alarm=bool(problems))
