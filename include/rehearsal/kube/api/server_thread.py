"""The thread of the API servers: an event loop of its own, and the port it listens on."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from aiohttp import web

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.http.listener import Listener, break_off

TICK_SECONDS: Final = 0.05
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
WAIT_SECONDS: Final = 10.0

Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]
PortAction = Callable[[Listener, web.AppRunner], Coroutine[Any, Any, None]]


class ServerThread:
    """Serves HTTPS on a port of 127.0.0.1 that can be closed and opened again.

    Args:
        respond: answers one request.
        clock: the simulated clock, which this keeps running.
        new_context: makes the TLS context, anew whenever the port is opened.

    Attributes:
        port: the port; 0 before the start.
    """

    def __init__(
        self, respond: Respond, clock: SimClock, new_context: Callable[[], ssl.SSLContext]
    ) -> None:
        self.port = 0
        self._respond, self._clock, self._new_context = respond, clock, new_context
        self._listener: Listener | None = None
        self._runner: web.AppRunner | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._thread is not None and self._loop is not None

    def start(self, port: int) -> None:
        """Listen; returns when connections are accepted.

        Raises:
            OSError: the port is taken.
            RuntimeError: it takes too long.
        """
        self._listener = listener = Listener(port)
        self.port = listener.port
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name="rehearsal-kube"
        )
        self._thread.daemon = True
        self._thread.start()
        if not ready.wait(timeout=WAIT_SECONDS):
            raise RuntimeError("the rehearsal's Kubernetes API did not start within 10 seconds")

    def stop(self) -> None:
        """End every connection and the thread; harmless when not started."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout=WAIT_SECONDS)
        self._thread = self._loop = None

    def close_port(self, *, wait: bool) -> None:
        """Reset connections and refuse new ones.

        Args:
            wait: return when it is so; not for callers that hold the clock's lock.

        Raises:
            RuntimeError: it was not started.
        """
        self._in_loop(lambda listener, runner: listener.close(runner), wait=wait)

    def open_port(self, *, wait: bool) -> None:
        """Accept connections again; harmless when they are accepted. See `close_port`."""
        context = self._new_context()
        self._in_loop(lambda listener, runner: listener.open(runner, context), wait=wait)

    def _in_loop(self, action: PortAction, *, wait: bool) -> None:
        if self._loop is None or self._listener is None or self._runner is None:
            raise RuntimeError("the rehearsal's Kubernetes API was not started")
        future = asyncio.run_coroutine_threadsafe(action(self._listener, self._runner), self._loop)
        if wait:
            future.result(WAIT_SECONDS)

    async def _serve(self, listener: Listener, ready: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/k8s/{cluster}{path:.*}", self._respond)
        runner = self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await listener.open(runner, self._new_context())
        ready.set()
        ticking = asyncio.create_task(self._tick())
        await self._stopping.wait()
        ticking.cancel()
        await listener.stop_accepting()
        await _close(runner)
        listener.release_port()

    async def _tick(self) -> None:
        """Let time pass for those who only watch."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._clock.speed:  # a clock that stands still is moved by the tests alone
                self._clock.run_due()


async def _close(runner: web.AppRunner) -> None:
    """End every connection, and see its socket closed before the loop is."""
    server = runner.server
    transports = [each.transport for each in server.connections] if server is not None else []
    await runner.cleanup()
    for transport in transports:
        break_off(transport)  # a TLS goodbye would need an answer of the client's
    for _ in range(3):  # the loop closes aborted sockets in its next rounds
        await asyncio.sleep(0)
