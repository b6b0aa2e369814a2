"""The body of a watch: notices as lines, until the time is up, it is ended, or the client goes."""

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
from include.rehearsal.kube.watch.cache import Notice, Scope, Watching

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
        watching: the cluster's events.
        scope: what is watched.
        call: the request: resourceVersion, timeoutSeconds, allowWatchBookmarks,
            sendInitialEvents, Accept.
    """

    def __init__(self, watching: Watching, scope: Scope, call: Call) -> None:
        self._watching, self.scope, self._call = watching, scope, call
        self._as_tables = wants_table(call.accept)
        self._loop = asyncio.get_running_loop()
        self._news: deque[Notice] = deque()
        self._awake = asyncio.Event()
        self._called = False
        self._calling = threading.Lock()
        self._ending = self._dropping = False
        self._with_columns = True
        self._past = self._replay()
        self._end = watching.follow(scope, self._tell)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The stream, any number of whole lines at a time; ends at its timeout or by `end`.

        Raises:
            Dropped: the stream was dropped.
        """
        if self._past:
            yield b"".join(self._line(notice) for notice in self._past)
        if self._past and self._past[-1].type == "ERROR":
            return
        asked = self._call.query.get("timeoutSeconds")
        until = self._loop.time() + float(asked or DEFAULT_TIMEOUT_SECONDS)
        while not self._ending and (left := until - self._loop.time()) > 0:
            lines = await self._next(min(left, BOOKMARK_SECONDS))
            if lines:
                yield lines
            elif self._call.flag("allowWatchBookmarks") and not self._ending:
                yield self._line(self._bookmark())
        yield self._told()  # what happened before the end still belongs to it
        if self._dropping:
            yield BROKEN_LINE
            raise Dropped

    def end(self, *, drop: bool = False) -> None:
        """End the stream: cleanly, or in the middle of a line. For any thread."""
        self._dropping = self._dropping or drop
        self._ending = True
        self._call_reader()

    def close(self) -> None:
        """Follow no longer."""
        with self._watching.store.clock.lock:
            self._end()

    def _replay(self) -> list[Notice]:
        query = self._call.query
        version = query.get("resourceVersion") or "0"
        if query.get("sendInitialEvents") == "true":
            end = self._watching.bookmark(self.scope.plural, initial_end=True)
            return [*self._watching.present(self.scope), end]
        if version == "0":
            return list(self._watching.present(self.scope))
        try:
            return self._watching.since(self.scope, int(version))
        except ApiError as error:
            return [Notice("ERROR", encode(error.body()))]

    def _tell(self, notice: Notice) -> None:
        """Called in whatever thread changed the store."""
        self._news.append(notice)
        self._call_reader()

    def _call_reader(self) -> None:
        """Wake the reader, once for all that happens until it looks."""
        with self._calling:
            if self._called:
                return
            self._called = True
        self._loop.call_soon_threadsafe(self._awake.set)

    async def _next(self, seconds: float) -> bytes:
        """All news as lines; empty when the seconds have passed or the stream is to end."""
        until = self._loop.time() + seconds
        timer = self._loop.call_at(until, self._awake.set)
        try:
            while not (self._news or self._ending or self._loop.time() >= until - 0.001):
                await self._awake.wait()
                self._awake.clear()
                with self._calling:
                    self._called = False
        finally:
            timer.cancel()
        return self._told()

    def _told(self) -> bytes:
        """The news nobody has read yet, as lines."""
        lines = []
        while self._news:
            lines.append(self._line(self._news.popleft()))
        return b"".join(lines)

    def _bookmark(self) -> Notice:
        with self._watching.store.clock.lock:
            return self._watching.bookmark(self.scope.plural)

    def _line(self, notice: Notice) -> bytes:
        if not self._as_tables or notice.type in ("ERROR", "BOOKMARK"):
            return notice.line
        obj = json.loads(notice.object)
        return Notice(notice.type, encode(self._table(obj, self._watching.store))).line

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
