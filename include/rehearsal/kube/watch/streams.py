"""The body of a watch: events as lines, until the time is up, it is ended, or the client goes."""

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Final

from include.rehearsal.kube.http.calls import Call
from include.rehearsal.kube.objects.encoding import encode
from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.store import Store
from include.rehearsal.kube.objects.tables import embedded, table, wants_table
from include.rehearsal.kube.watch.cache import Scope, WatchCache, WatchEvent

DEFAULT_TIMEOUT_SECONDS: Final = 1800.0
BOOKMARK_SECONDS: Final = 60.0
BROKEN_LINE: Final = b'{"type":"MODIFIED","object":{"ki'


class Dropped(Exception):
    """The connection is to break off here, in the middle of the body."""


class WatchStream:
    """One watch of one client.

    Opened under the clock's lock, so that nothing falls between the past it replays and the
    present it follows; then read by `chunks` in the server's event loop.

    Args:
        cache: the cluster's events.
        scope: what is watched.
        call: the request: resourceVersion, timeoutSeconds, allowWatchBookmarks,
            sendInitialEvents, Accept.
    """

    def __init__(self, cache: WatchCache, scope: Scope, call: Call) -> None:
        self._cache, self.scope, self._call = cache, scope, call
        self._as_tables = wants_table(call.accept)
        self._loop = asyncio.get_running_loop()
        self._pending: deque[WatchEvent] = deque()
        self._wake = asyncio.Event()
        self._woken = False
        self._wake_lock = threading.Lock()
        self._ending = self._dropping = False
        self._with_columns = True
        # First the past, then the subscription: under the clock's lock nothing happens between.
        self._past = self._replay()
        self._unsubscribe = cache.subscribe(scope, self._deliver)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The stream, any number of whole lines at a time; ends at its timeout or by `end`.

        Raises:
            Dropped: the stream was dropped.
        """
        if self._past:
            yield b"".join(self._line(event) for event in self._past)
        if self._past and self._past[-1].type == "ERROR":
            return
        timeout = self._call.query.get("timeoutSeconds")
        until = self._loop.time() + float(timeout or DEFAULT_TIMEOUT_SECONDS)
        while not self._ending and (left := until - self._loop.time()) > 0:
            lines = await self._next(min(left, BOOKMARK_SECONDS))
            if lines:
                yield lines
            elif self._call.flag("allowWatchBookmarks") and not self._ending:
                yield self._line(self._bookmark())
        yield self._drain()  # what happened before the end still belongs to it
        if self._dropping:
            yield BROKEN_LINE
            raise Dropped

    def end(self, *, drop: bool = False) -> None:
        """End the stream: cleanly, or in the middle of a line. For any thread."""
        self._dropping = self._dropping or drop
        self._ending = True
        self._wake_reader()

    def close(self) -> None:
        """Follow no longer."""
        with self._cache.store.clock.lock:
            self._unsubscribe()

    def _replay(self) -> list[WatchEvent]:
        query = self._call.query
        version = query.get("resourceVersion") or "0"
        if query.get("sendInitialEvents") == "true":
            end = self._cache.bookmark(self.scope.plural, initial_end=True)
            return [*self._cache.present(self.scope), end]
        if version == "0":  # any version will do: begin with what is there
            return list(self._cache.present(self.scope))
        try:
            return self._cache.since(self.scope, int(version))
        except ApiError as error:
            # As the watch cache does: the answer is 200 already, the 410 comes as an event.
            return [WatchEvent("ERROR", encode(error.body()))]

    def _deliver(self, event: WatchEvent) -> None:
        """Called in whatever thread changed the store."""
        self._pending.append(event)
        self._wake_reader()

    def _wake_reader(self) -> None:
        """Wake the reader, once for all that happens until it looks."""
        with self._wake_lock:
            if self._woken:
                return
            self._woken = True
        self._loop.call_soon_threadsafe(self._wake.set)

    async def _next(self, seconds: float) -> bytes:
        """All news as lines; empty when the seconds have passed or the stream is to end."""
        until = self._loop.time() + seconds
        timer = self._loop.call_at(until, self._wake.set)
        try:
            # The margin: a timer of the loop may fire a little before its time.
            while not (self._pending or self._ending or self._loop.time() >= until - 0.001):
                await self._wake.wait()
                # Cleared before the condition is looked at again: what arrives after this sets
                # the event anew, and what arrived before is seen by the look.
                self._wake.clear()
                with self._wake_lock:
                    self._woken = False
        finally:
            timer.cancel()
        return self._drain()

    def _drain(self) -> bytes:
        """The news nobody has read yet, as lines."""
        lines = []
        while self._pending:
            lines.append(self._line(self._pending.popleft()))
        return b"".join(lines)

    def _bookmark(self) -> WatchEvent:
        with self._cache.store.clock.lock:
            return self._cache.bookmark(self.scope.plural)

    def _line(self, event: WatchEvent) -> bytes:
        if not self._as_tables or event.type in ("ERROR", "BOOKMARK"):
            return event.line
        obj = json.loads(event.object)
        return WatchEvent(event.type, encode(self._table(obj, self._cache.store))).line

    def _table(self, obj: Mapping[str, object], store: Store) -> Mapping[str, object]:
        body = table(
            self.scope.plural,
            [obj],
            store.clock,
            embedded(self._call.query),
            with_columns=self._with_columns,
        )
        self._with_columns = False
        return body
