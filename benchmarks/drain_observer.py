"""An observer of a drain who takes no part in it: what became of which pod, by its own clock."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.drain_bound import Life
from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.errors import Expired
from include.eks_upgrade.kube.objects import Pod


class Observer:
    """Watches all pods of a cluster.

    Args:
        client: the cluster, opened.
        now: its clock in seconds.

    Attributes:
        lives: what was seen, by uid.
    """

    def __init__(self, client: KubeClient, now: Callable[[], float] = time.monotonic) -> None:
        self.lives: dict[str, Life] = {}
        self._client = client
        self._now = now
        self._version = ""

    async def begin(self) -> asyncio.Task[None]:
        """List the pods, then start to watch them; the task runs until it is cancelled."""
        items, self._version = await self._client.raw_list("pods")
        for raw in items:
            pod = Pod.from_raw(raw)
            self.lives[pod.uid] = Life(pod, pod.node)
        return asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            try:
                async for event in self._client.watch("pods", self._version):
                    self.see(event)
            except (Unreachable, Expired):
                await self._look_again()

    async def _look_again(self) -> None:
        """After a gap in the watch: what has changed meanwhile counts as seen now."""
        items, self._version = await self._client.raw_list("pods")
        for raw in items:
            self.see({"type": "MODIFIED", "object": raw})
        there = {raw["metadata"]["uid"] for raw in items}
        for uid, life in self.lives.items():
            if uid not in there and life.gone is None:
                life.gone = self._now()

    def see(self, event: Mapping[str, Any]) -> None:
        """Write one event of the watch down.

        Raises:
            Expired: the event says that the watch has come too late.
        """
        raw = event["object"]
        if event["type"] == "ERROR":
            raise Expired(str(raw))
        self._version = raw["metadata"].get("resourceVersion", self._version)
        if event["type"] == "BOOKMARK":
            return
        now, pod = self._now(), Pod.from_raw(raw)
        life = self.lives.setdefault(pod.uid, Life(pod, appeared=now))
        life.node = pod.node or life.node
        if event["type"] == "DELETED":
            life.gone = now
            return
        if pod.ready and life.appeared is not None and life.ready is None:
            life.ready = now
        if pod.terminating and life.leaving is None:
            life.leaving = now
