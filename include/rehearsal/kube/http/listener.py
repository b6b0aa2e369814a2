"""The listening socket of the API servers: open, closed as when the machine is gone, open again.

The port stays ours while it is closed: a second socket is bound to it that never listens, so
that connecting is refused, and nobody else is given the port.
"""

import asyncio
import socket
import ssl
import struct

from aiohttp import web

NO_LINGER = struct.pack("ii", 1, 0)


class Listener:
    """A TLS port on 127.0.0.1.

    Args:
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, port: int) -> None:
        self._placeholder = _bound(port)
        self.port: int = self._placeholder.getsockname()[1]
        try:
            self._socket: socket.socket | None = _listening(self.port)
        except OSError:
            self._placeholder.close()
            raise
        self._site: web.SockSite | None = None
        self._accepting: socket.socket | None = None

    async def open(self, runner: web.AppRunner, context: ssl.SSLContext) -> None:
        """Accept connections; harmless when they are accepted already."""
        if self._site is not None:
            return
        opened = self._socket or _listening(self.port)
        self._socket = None
        self._accepting = opened
        self._site = web.SockSite(runner, opened, ssl_context=context)
        await self._site.start()

    async def close(self, runner: web.AppRunner) -> None:
        """Refuse connections and reset those that are open; harmless when closed already."""
        site, self._site = self._site, None
        await self.stop_accepting()
        if site is not None:
            await site.stop()
        for connection in runner.server.connections if runner.server is not None else ():
            reset(connection.transport)

    async def stop_accepting(self) -> None:
        """Take no more connections; harmless when none are taken.

        Whoever was accepted gets its transport first: asyncio (3.11) gives none once its server is
        closed, and leaves the socket of that connection open.
        """
        taking, self._accepting = self._accepting, None
        if taking is not None and taking.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(taking)
            for _ in range(2):
                await asyncio.sleep(0)

    def release_port(self) -> None:
        """The port is free for others."""
        self._placeholder.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Reset a connection, as a load balancer does that lost the server behind it."""
    found = transport.get_extra_info("socket") if transport is not None else None
    if found is not None and found.fileno() >= 0:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    break_off(transport)


def break_off(transport: asyncio.BaseTransport | None) -> None:
    """Close a connection without a TLS goodbye; what was sent still arrives."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made


def _listening(port: int) -> socket.socket:
    made = _bound(port)
    try:
        made.listen(socket.SOMAXCONN)
    except OSError:
        made.close()
        raise
    return made
