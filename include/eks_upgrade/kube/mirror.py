"""A local picture of one resource, kept true by a watch: what changed is known at once.

List, then watch from the list's resourceVersion; a version that is too old (410) means list
again: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
A list now and then corrects whatever a watch might have missed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Generic, TypeVar

from include.eks_upgrade.errors import Unreachable
from include.eks_upgrade.kube.client import KubeClient

log = logging.getLogger(__name__)

T = TypeVar("T")

RECONNECT_SECONDS = 1.0
"""Pause before a watch that ended is opened again, so that a broken server is not hammered."""


class Mirror(Generic[T]):
    """The objects of one resource by key, as of the newest event.

    Args:
        client: the cluster.
        plural: name of the resource as in `kube.client.PATHS`.
        parse: raw JSON to value.
        keep: which values are kept; the rest of the cluster is forgotten at once.
        changed: called after each change.
        sleep: how to wait (seconds).
    """

    def __init__(
        self,
        client: KubeClient,
        plural: str,
        parse: Callable[[Mapping[str, Any]], T],
        *,
        keep: Callable[[T], bool] = lambda _: True,
        changed: Callable[[], None] = lambda: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.objects: dict[str, T] = {}
        self._client = client
        self._plural = plural
        self._parse = parse
        self._keep = keep
        self._changed = changed
        self._sleep = sleep
        self._version = ""

    async def refresh(self) -> None:
        """List everything; the picture is exact as of this moment."""
        items, self._version = await self._client.raw_list(self._plural)
        parsed = {uid_of(raw): self._parse(raw) for raw in items}
        self.objects = {uid: value for uid, value in parsed.items() if self._keep(value)}
        self._changed()

    async def follow(self) -> None:
        """Keep the picture true until cancelled.

        Raises:
            UpgradeError: the right to watch or list is missing, or an unforeseen answer.
        """
        while True:
            try:
                if not self._version:
                    await self.refresh()
                await self._watch()
            except Unreachable as error:
                log.info("the watch of '%s' waits: %s", self._plural, error)
            await self._sleep(RECONNECT_SECONDS)

    async def _watch(self) -> None:
        async with aclosing(self._client.watch(self._plural, self._version)) as events:
            async for event in events:
                if event["type"] == "ERROR":
                    # 410 Gone mostly; whatever it is, a fresh list puts it right.
                    log.debug("the watch of '%s' says %s", self._plural, event["object"])
                    self._version = ""
                    return
                self._take(event["type"], event["object"])

    def _take(self, kind: str, raw: Mapping[str, Any]) -> None:
        self._version = raw["metadata"]["resourceVersion"]
        if kind == "BOOKMARK":
            return
        value = self._parse(raw)
        if kind == "DELETED" or not self._keep(value):
            if self.objects.pop(uid_of(raw), None) is None:
                return
        else:
            self.objects[uid_of(raw)] = value
        self._changed()


def uid_of(raw: Mapping[str, Any]) -> str:
    """The object's uid: a namesake that comes later is another object."""
    return str(raw["metadata"]["uid"])
