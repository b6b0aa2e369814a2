"""A local picture of one resource, kept true by a watch: what changed is known at once.

List once, then watch from the list's resourceVersion. A watch that ends in good order is opened
again from the newest version; one that breaks off, or whose version is too old (410), means
list again: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Generic, Protocol, TypeVar, cast

from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.common.event_loop import Slices
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.errors import Expired

log = logging.getLogger(__name__)

T = TypeVar("T")


class Index(Protocol):
    """What is kept beside a mirror's objects to find them by."""

    def change(self, old: Any, new: Any) -> None:
        """Take in what an object was and what it is; None before and after it is there."""


I = TypeVar("I", bound=Index)  # noqa: E741 - as T: an index

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
"""Seconds before a list that failed is tried again: doubling from the first to the longest."""


class Mirror(Generic[T]):
    """The objects of one resource by uid, as of the newest event.

    Args:
        client: the cluster.
        plural: name of the resource as in `kube.client.PATHS`.
        parse: raw JSON to value.
        changed: called with what an object was and what it is; None before it was there, and
            None when it is gone.
        query: narrows the list and the watch, such as by `labelSelector`.
        sleep: how to wait (seconds).

    Attributes:
        heard: seconds of the monotonic clock at which the server last said something.
    """

    def __init__(
        self,
        client: KubeClient,
        plural: str,
        parse: Callable[[Raw], T],
        *,
        changed: Callable[[T | None, T | None], None] = lambda _old, _new: None,
        query: Mapping[str, str] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.objects: dict[str, T] = {}
        self.lists = 0
        self.heard = time.monotonic()
        self.client = client
        self._plural = plural
        self._parse = parse
        self._changed = changed
        self._query = query
        self._sleep = sleep
        self._version = ""
        self._failures = 0
        self._round: asyncio.Task[None] | None = None
        self._indexes: dict[Callable[[], Index], Index] = {}

    def indexed_by(self, make: Callable[[], I]) -> I:
        """The index that `make` makes, kept true from now on; the same for all who ask for it."""
        if make not in self._indexes:
            index = self._indexes[make] = make()
            for value in self.objects.values():
                index.change(None, value)
        return cast("I", self._indexes[make])

    async def refresh(self) -> None:
        """List everything; the picture is exact as of this moment."""
        seen: set[str] = set()
        version, slices = "", Slices()
        async for items, newest in self.client.pages(self._plural, self._query):
            version, self.heard = newest, time.monotonic()
            for raw in items:
                await slices.pause()
                uid = uid_of(raw)
                seen.add(uid)
                self._put(uid, self._parse(raw))
        for uid in [known for known in self.objects if known not in seen]:
            self._drop(uid)
        self._version = version
        self.lists += 1

    async def follow(self) -> None:
        """Keep the picture true until cancelled.

        Raises:
            UpgradeError: the right to watch or list is missing, or an unforeseen answer.
        """
        while True:
            self._round = asyncio.create_task(self._list_and_watch())
            try:
                await asyncio.wait({self._round})
            finally:  # whoever cancels this cancels the round as well
                self._round.cancel()
            if not self._round.cancelled():
                self._round.result()

    def forget(self) -> None:
        """Give all objects back, once nobody looks any more."""
        # Not left to the garbage collector, which may have been told to leave them alone: the
        # tasks that followed refer to this mirror, and it to them.
        self.objects.clear()
        self._indexes.clear()

    def start_over(self) -> None:
        """List anew now, whatever the watch says; harmless when nobody follows."""
        self._version = ""
        if self._round is not None:
            self._round.cancel()

    async def _list_and_watch(self) -> None:
        try:
            if not self._version:
                await self.refresh()
            await self._watch()
        except (Unreachable, Expired) as error:
            self._version = ""
            log.info("the watch of '%s' begins anew: %s", self._plural, error)
            await self._sleep(self._pause())

    def _pause(self) -> float:
        """Seconds to wait after a failure; with jitter, lest many watchers come at once."""
        self._failures += 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self._failures) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

    async def _watch(self) -> None:
        """Take in events until the server ends the watch in good order."""
        heard = False
        async with aclosing(self.client.watch(self._plural, self._version, self._query)) as events:
            async for event in events:
                if event["type"] == "ERROR":
                    # 410 Gone mostly; whatever it is, a fresh list puts it right.
                    raise Expired(str(event["object"].get("message", event["object"])))
                heard, self._failures, self.heard = True, 0, time.monotonic()
                self._take(event["type"], event["object"])
        if not heard:  # a server that ends each watch at once is not to be hammered
            await self._sleep(self._pause())

    def _take(self, kind: str, raw: Raw) -> None:
        self._version = raw["metadata"]["resourceVersion"]
        if kind == "DELETED":
            self._drop(uid_of(raw))
        elif kind != "BOOKMARK":
            self._put(uid_of(raw), self._parse(raw))

    def _put(self, uid: str, value: T) -> None:
        old = self.objects.get(uid)
        if old == value:
            return
        self.objects[uid] = value
        self._tell(old, value)

    def _drop(self, uid: str) -> None:
        old = self.objects.pop(uid, None)
        if old is not None:
            self._tell(old, None)

    def _tell(self, old: T | None, new: T | None) -> None:
        for index in self._indexes.values():
            index.change(old, new)
        self._changed(old, new)


def uid_of(raw: Raw) -> str:
    """The object's uid: a namesake that comes later is another object."""
    return str(raw["metadata"]["uid"])
