"""The body of a watch: notices as lines, until the time is up or the client goes."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Final

from include.rehearsal.kube.calls import Call
from include.rehearsal.kube.resources import ApiError
from include.rehearsal.kube.store import Store
from include.rehearsal.kube.tables import table, wants_table
from include.rehearsal.kube.watches import Notice, Scope, Watching, encode

DEFAULT_TIMEOUT_SECONDS: Final = 1800.0
BOOKMARK_SECONDS: Final = 60.0


class WatchStream:
    """One watch of one client.

    Opened under the clock's lock, so that nothing falls between the past it replays and the
    present it follows; then read by `lines` in the server's event loop.

    Args:
        watching: the cluster's events.
        scope: what is watched.
        call: the request: resourceVersion, timeoutSeconds, allowWatchBookmarks,
            sendInitialEvents, Accept.
    """

    def __init__(self, watching: Watching, scope: Scope, call: Call) -> None:
        self._watching, self._scope, self._call = watching, scope, call
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Notice] = asyncio.Queue()
        self._with_columns = True
        self._past = self._replay()
        self._end = watching.follow(scope, self._tell)

    async def lines(self, stopping: asyncio.Event) -> AsyncIterator[bytes]:
        """The lines of the stream; ends at its timeout or when the server stops."""
        for notice in self._past:
            yield self._line(notice)
        until = self._loop.time() + float(
            self._call.query.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS
        )
        if self._past and self._past[-1].type == "ERROR":
            return
        while not stopping.is_set() and (left := until - self._loop.time()) > 0:
            news = await self._next(min(left, BOOKMARK_SECONDS), stopping)
            if news is not None:
                yield self._line(news)
            elif self._call.flag("allowWatchBookmarks") and not stopping.is_set():
                yield self._line(self._bookmark())

    def close(self) -> None:
        """Follow no longer."""
        with self._watching.store.clock.lock:
            self._end()

    def _replay(self) -> list[Notice]:
        query = self._call.query
        version = query.get("resourceVersion") or "0"
        if query.get("sendInitialEvents") == "true":
            end = self._watching.bookmark(self._scope.plural, initial_end=True)
            return [*self._watching.present(self._scope), end]
        if version == "0":
            return list(self._watching.present(self._scope))
        try:
            return self._watching.since(self._scope, int(version))
        except ApiError as error:
            return [Notice("ERROR", encode(error.body()))]

    def _tell(self, notice: Notice) -> None:
        """Called in whatever thread changed the store."""
        self._loop.call_soon_threadsafe(self._queue.put_nowait, notice)

    async def _next(self, seconds: float, stopping: asyncio.Event) -> Notice | None:
        taken = asyncio.ensure_future(self._queue.get())
        stopped = asyncio.ensure_future(stopping.wait())
        try:
            await asyncio.wait(
                (taken, stopped), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return taken.result() if taken.done() else None
        finally:
            taken.cancel()
            stopped.cancel()

    def _bookmark(self) -> Notice:
        with self._watching.store.clock.lock:
            return self._watching.bookmark(self._scope.plural)

    def _line(self, notice: Notice) -> bytes:
        if not wants_table(self._call.accept) or notice.type in ("ERROR", "BOOKMARK"):
            return notice.line()
        obj = json.loads(notice.object)
        body = self._table(obj, self._watching.store)
        return Notice(notice.type, encode(body)).line()

    def _table(self, obj: Mapping[str, object], store: Store) -> Mapping[str, object]:
        body = table(
            self._scope.plural, [obj], store.clock, self._call, with_columns=self._with_columns
        )
        self._with_columns = False
        return body
