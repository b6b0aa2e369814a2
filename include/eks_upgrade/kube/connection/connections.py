"""The TCP and TLS connections to an API server, shared by all clients of one identity.

A connection holds a quarter of a megabyte in asyncio's TLS alone, and a handshake takes some
milliseconds of the event loop. Thirty drains of one cluster in a triggerer would open hundreds.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from include.eks_upgrade.kube.connection.access import ClusterAccess

CONNECTIONS = 200
"""To one API server at most; most of them are watches, which hold theirs."""

REQUESTS_AT_ONCE = 20
"""Requests that are under way at once; more wait for their turn."""

HANDSHAKES_AT_ONCE = 2
"""Connections that are opened at once in an event loop."""

ABORT_SECONDS = 0.01
"""Pause after closing in which the event loop ends the connections that were broken off."""


class _Connector(aiohttp.TCPConnector):
    """Opens few connections at a time: each handshake keeps the event loop busy."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._opening = asyncio.Semaphore(HANDSHAKES_AT_ONCE)

    async def _create_connection(self, *args: Any, **kwargs: Any) -> Any:
        async with self._opening:
            return await super()._create_connection(*args, **kwargs)


@dataclass
class Connections:
    """The connections of one key, and who uses them.

    Attributes:
        connector: aiohttp's pool.
        slots: one for each request under way.
        users: how many transports are open on it.
    """

    connector: aiohttp.TCPConnector
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REQUESTS_AT_ONCE))
    users: int = 1
    key: tuple[Any, ...] | None = None

    async def leave(self) -> None:
        """Use them no more; the last one closes them."""
        self.users -= 1
        if self.users:
            return
        if self.key is not None and _shared.get(self.key) is self:
            del _shared[self.key]
        await self.connector.close()
        await asyncio.sleep(ABORT_SECONDS)  # aborted connections end in the loop's next rounds


_shared: dict[tuple[Any, ...], Connections] = {}


def connections_of(
    access: ClusterAccess, trust: Callable[[], ssl.SSLContext | bool]
) -> Connections:
    """The connections for this access: others' of the same identity, or new ones.

    Args:
        access: the cluster. Without an identity the connections are shared with nobody.
        trust: makes the TLS context, when new ones are needed.
    """
    if not access.identity:
        return Connections(_Connector(limit=CONNECTIONS, ssl=trust()))
    loop = id(asyncio.get_running_loop())
    who = access.endpoint, access.certificate_authority, access.proxy, access.identity
    key = loop, *who
    found = _shared.get(key)
    if found is not None and not found.connector.closed:
        found.users += 1
        return found
    made = _shared[key] = Connections(_Connector(limit=CONNECTIONS, ssl=trust()), key=key)
    return made
