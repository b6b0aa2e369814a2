"""One watch of a cluster's pods for all verifications of a process.

Thirty node groups of one cluster are verified by one list of its pods and one watch; each looks at
the same tally. The first that comes opens it, the last that leaves closes it.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any, Final

from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.verification.asking import Asking
from include.eks_upgrade.verification.pods import PodState
from include.eks_upgrade.verification.tally import Tally

SILENT_SECONDS: Final = 150.0
"""How long a living watch may be silent: the API server sends a bookmark every minute or so."""

SILENT: Final = "the watch of the cluster's pods has fallen silent; it begins anew"

Opener = Callable[[], Awaitable[ClusterAccess]]


class PodWatch:
    """The pods of a cluster as they are now, until it is closed.

    Attributes:
        client: for other questions to the same cluster; usable once `ready` has returned.
        tally: its pods.
        asking: its workloads and Jobs.
    """

    client: KubeClient
    asking: Asking

    def __init__(self, opener: Opener) -> None:
        self.tally = Tally()
        self.users = 0
        self._loaded = asyncio.Event()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._mirror: Mirror[PodState] | None = None
        self._life = asyncio.create_task(self._live(opener))

    async def ready(self) -> None:
        """Wait until every pod is known.

        Raises:
            UpgradeError: the cluster cannot be read.
        """
        loaded = asyncio.create_task(self._loaded.wait())
        try:
            ways: set[asyncio.Future[Any]] = {loaded, self._life, self._broken}
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            loaded.cancel()
        self.check()

    @property
    def ended(self) -> bool:
        """Whether it has broken off; whoever comes next opens a new one."""
        return self._life.done() or self._broken.done()

    def check(self) -> None:
        """See that it is up to date.

        Raises:
            UpgradeError: it has broken off, or nothing was heard for too long.
        """
        if self._life.cancelled():
            raise Unreachable(SILENT)
        for ended in (self._life, self._broken):
            if ended.done():
                ended.result()
        heard = self._mirror.heard if self._mirror else time.monotonic()
        if time.monotonic() - heard > SILENT_SECONDS:
            self._life.cancel()  # a connection that died unseen would be believed for ever
            raise Unreachable(SILENT)

    async def close(self) -> None:
        """End it."""
        self._life.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await self._life
        if self._broken.done():
            self._broken.exception()  # it was told, or nobody was left to be told

    async def _live(self, opener: Opener) -> None:
        async with KubeClient(await opener()) as self.client:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - `check` raises it
                self._broken.set_exception(error)
            # A look that is under way still asks by this client: it ends with the last user.
            await asyncio.Event().wait()

    async def _follow(self) -> None:
        self.asking = Asking(self.client)
        self._mirror = Mirror(self.client, "pods", PodState.from_raw, changed=self.tally.change)
        await self._mirror.refresh()
        self._loaded.set()
        await self._mirror.follow()


_open: dict[tuple[Hashable, int], PodWatch] = {}


@asynccontextmanager
async def shared_pods(key: Hashable, opener: Opener) -> AsyncIterator[PodWatch]:
    """The watch of a cluster, opened if nobody in this event loop has it open.

    Args:
        key: what tells clusters, and ways to them, apart.
        opener: reads how to reach the cluster.

    Raises:
        UpgradeError: the cluster cannot be read.
    """
    place = key, id(asyncio.get_running_loop())
    watch = _open.get(place)
    if watch is None or watch.ended:
        watch = _open[place] = PodWatch(opener)
    watch.users += 1
    try:
        await watch.ready()
        yield watch
    finally:
        watch.users -= 1
        if not watch.users:
            if _open.get(place) is watch:
                del _open[place]
            await watch.close()


async def list_pods(client: KubeClient) -> Tally:
    """Every pod of a cluster, listed once."""
    tally = Tally()
    await Mirror(client, "pods", PodState.from_raw, changed=tally.change).refresh()
    return tally
