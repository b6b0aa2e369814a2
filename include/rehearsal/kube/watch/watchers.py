"""The open watches of all clusters, and how they are ended from outside."""

import threading

from aiohttp import web

from include.rehearsal.kube.http.calls import Cluster
from include.rehearsal.kube.http.listener import break_off
from include.rehearsal.kube.watch.cache import WatchCache
from include.rehearsal.kube.watch.streams import Dropped, WatchStream


class Watchers:
    """Which watches are open. Safe to use from any thread, but for `cache`."""

    def __init__(self) -> None:
        self._caches: dict[str, tuple[Cluster, WatchCache]] = {}
        self._streams: dict[WatchStream, str] = {}
        self._lock = threading.Lock()
        self._closed = False

    def cache(self, name: str, cluster: Cluster) -> WatchCache:
        """The events of a cluster; a new cluster of an old name begins anew.

        The caller holds the clock's lock.
        """
        known = self._caches.get(name)
        if known is None or known[0] is not cluster:
            known = self._caches[name] = (cluster, WatchCache(cluster.store))
        return known[1]

    def end(self, plural: str | None = None, cluster: str | None = None, *, drop: bool) -> int:
        """End the open watches of a kind and a cluster (None: of all); how many there were.

        Args:
            plural: the kind.
            cluster: the cluster's name.
            drop: break the connection in the middle of a line; otherwise end the answer.
        """
        with self._lock:
            found = [
                stream
                for stream, name in self._streams.items()
                if plural in (None, stream.scope.plural) and cluster in (None, name)
            ]
        for stream in found:
            stream.end(drop=drop)
        return len(found)

    def close(self) -> None:
        """The server stops: end all watches, also those that have yet to begin."""
        self._closed = True
        self.end(drop=False)

    async def send(
        self, cluster: str, stream: WatchStream, http: web.Request, response: web.StreamResponse
    ) -> None:
        """Send the stream to its end.

        Raises:
            ConnectionError: the client went away.
        """
        with self._lock:
            self._streams[stream] = cluster
        if self._closed:
            stream.end()
        try:
            await response.prepare(http)
            async for chunk in stream.chunks():
                if chunk:  # an empty chunk would end the answer
                    await response.write(chunk)
            await response.write_eof()
        except Dropped:
            break_off(http.transport)
        finally:
            with self._lock:
                self._streams.pop(stream, None)
            stream.close()
