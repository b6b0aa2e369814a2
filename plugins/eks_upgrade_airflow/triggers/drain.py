"""The trigger in which a node group is drained: one engine over all its nodes."""

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import TriggerEvent

from eks_upgrade_airflow.events import DONE, LATE
from eks_upgrade_airflow.triggers.watch import WatchTrigger
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.progress import DrainProgress
from include.eks_upgrade.errors import Stuck, UpgradeError
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.request import DrainOptions


class EksDrainTrigger(WatchTrigger):
    """Drains a node group; a triggerer that restarts begins again with what is left.

    Letter: `nodegroup_name`, `options` (the fields of `DrainOptions`).
    """

    kind = "drain"

    @property
    def awaited(self) -> str:
        """What is drained."""
        return f"drain of node group '{self.letter['nodegroup_name']}'"

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Drain; the event's data is `DrainResult.as_json()`."""
        try:
            event = await self._drain()
        except Stuck as error:
            event = self.event(LATE, str(error))
        except UpgradeError as error:
            event = self.event(type(error).__name__, str(error))
        yield TriggerEvent(event)

    async def _drain(self) -> dict[str, Any]:
        access = await self.address.read_access_async()
        async with KubeClient(access) as kube:
            result = await drain(
                kube,
                self.letter["nodegroup_name"],
                DrainOptions(**self.letter["options"]),
                deadline=self.deadline,
                tell=self._tell,
            )
        text = (
            f"node group '{self.letter['nodegroup_name']}' drained: {result.moved} pods moved off "
            f"{len(result.by_node)} nodes in {result.seconds:.0f} s, "
            f"{result.refusals} refused evictions"
        )
        return self.event(DONE, text, result.as_json())

    def _tell(self, progress: DrainProgress) -> None:
        for line in progress.lines():
            self.log.info("%s", line)
