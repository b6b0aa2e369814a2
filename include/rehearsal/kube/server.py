"""The HTTP side: many clusters on one TLS port, in a thread of its own.

Cluster `demo` lives below `/k8s/demo`. Every request first lets happen what is due in
simulated time and is handled under the clock's lock.
"""

import asyncio
import json
import logging
import socket
import threading
import traceback
from collections.abc import Collection, Mapping
from typing import Any, Final

import yaml
from aiohttp import web

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.access import Access, unauthorized
from include.rehearsal.kube.calls import Answer, Call, Cluster
from include.rehearsal.kube.dispatch import HEALTH_PATHS, PAGE_NOT_FOUND, answer, refusal
from include.rehearsal.kube.protobuf import PROTOBUF, delete_options, unsupported
from include.rehearsal.kube.reading import scope_of
from include.rehearsal.kube.resources import ApiError, bad_request
from include.rehearsal.kube.routes import Route
from include.rehearsal.kube.streams import WatchStream
from include.rehearsal.kube.tls import Certificates, make_certificates
from include.rehearsal.kube.tokens import BadToken, caller
from include.rehearsal.kube.watches import Watching, encode

TICK_SECONDS: Final = 0.05
OPEN_PATHS: Final = (*HEALTH_PATHS, "/version")
MAX_BODY_BYTES: Final = 8 * 1024 * 1024

log = logging.getLogger(__name__)


class KubeServer:
    """The API servers of all rehearsal clusters.

    Args:
        world_clusters: the clusters by name; looked up at each request.
        clock: the simulated clock.
        credentials: secret access keys by access key id, against which tokens are checked.
        allowed_hosts: hosts a token's URL may name (`host` or `host:port`).

    Attributes:
        access: rights taken away and tokens refused, for rehearsing faults.
        failures: tracebacks of requests that ended as 500 for a fault of this server.
    """

    def __init__(
        self,
        world_clusters: Mapping[str, Cluster],
        clock: SimClock,
        *,
        credentials: Mapping[str, str],
        allowed_hosts: Collection[str],
    ) -> None:
        self.access = Access()
        self.failures: list[str] = []
        self._clusters, self._clock = world_clusters, clock
        self._credentials, self._allowed_hosts = credentials, allowed_hosts
        self._certificates: Certificates = make_certificates()
        self._watching: dict[str, tuple[Cluster, Watching]] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._port = 0

    @property
    def ca_pem(self) -> str:
        """The certificate of the authority that signed this server's, as PEM."""
        return self._certificates.ca_pem

    def url(self, cluster: str) -> str:
        """The endpoint of a cluster, as DescribeCluster returns it."""
        return f"https://127.0.0.1:{self._port}/k8s/{cluster}"

    def forbid(self, verb: str, resource: str) -> None:
        """Answer 403 to this verb on this resource (`pods/eviction` for a subresource)."""
        self.access.forbidden.add((verb, resource))

    def allow_all(self) -> None:
        """Forget every `forbid`."""
        self.access.forbidden.clear()

    def refuse_tokens(self, times: int) -> None:
        """Answer 401 to the next `times` requests, as when a token expired."""
        self.access.tokens_refused = times

    def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; returns when connections are accepted.

        Args:
            port: 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        listener = socket.create_server(("127.0.0.1", port))
        self._port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name="rehearsal-kube"
        )
        self._thread.daemon = True
        self._thread.start()
        if not ready.wait(timeout=10):
            raise RuntimeError("the rehearsal's Kubernetes API did not start within 10 seconds")

    def stop(self) -> None:
        """End every watch and connection and the thread; harmless when not started."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout=10)
        self._thread = None

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/k8s/{cluster}{path:.*}", self._respond)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        context = self._certificates.server_context()
        await web.SockSite(runner, listener, ssl_context=context).start()
        ready.set()
        ticking = asyncio.create_task(self._tick())
        await self._stopping.wait()
        ticking.cancel()
        await _close(runner)

    async def _tick(self) -> None:
        """Let time pass for those who only watch."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._clock.speed:
                self._clock.run_due()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; whatever fails unexpectedly becomes a 500 and is kept."""
        try:
            return await self._answered(request)
        except ApiError as error:
            return _response(refusal(error))
        except Exception as error:  # the client gets a Status, the tests the traceback
            self.failures.append(traceback.format_exc())
            log.exception("the rehearsal failed to answer %s %s", request.method, request.path)
            return _response(refusal(ApiError(500, "InternalError", f"Internal error: {error!r}")))

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        name, path = request.match_info["cluster"], request.match_info["path"] or "/"
        cluster = self._clusters.get(name)
        if cluster is None:
            return _response(PAGE_NOT_FOUND)
        if path not in OPEN_PATHS:
            self._authenticate(request, name)
        call = await _read(request, path)
        stream = None
        with self._clock.lock:
            self._clock.run_due()
            watching = self._watching_of(name, cluster)
            found = answer(cluster, watching, self.access, call, request.host)
            if isinstance(found, Route):
                stream = WatchStream(watching, scope_of(found, call.query), call)
        if stream is None:
            assert isinstance(found, Answer)  # noqa: S101 - tells the type checker what is left
            return _response(found)
        return await self._send(request, stream)

    def _watching_of(self, name: str, cluster: Cluster) -> Watching:
        """The events of this cluster; a new cluster of an old name begins anew."""
        known = self._watching.get(name)
        if known is None or known[0] is not cluster:
            known = self._watching[name] = (cluster, Watching(cluster.store))
        return known[1]

    def _authenticate(self, request: web.Request, cluster: str) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self.access.take_refusal():
            raise unauthorized()
        try:
            caller(token.strip(), cluster, self._credentials, self._allowed_hosts)
        except BadToken as error:
            log.info("a token for cluster %s was refused: %s", cluster, error)
            raise unauthorized() from error

    async def _send(self, request: web.Request, stream: WatchStream) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        assert self._stopping is not None  # noqa: S101 - set before the first request
        try:
            await response.prepare(request)
            async for line in stream.lines(self._stopping):
                await response.write(line)
            await response.write_eof()
        except ConnectionError:
            log.debug("a watcher went away")
        finally:
            stream.close()
        return response


async def _close(runner: web.AppRunner) -> None:
    """End every connection, and see its socket closed before the loop is."""
    server = runner.server
    transports = [each.transport for each in server.connections] if server is not None else []
    await runner.cleanup()
    for transport in transports:
        if transport is not None:
            transport.abort()  # a TLS goodbye would need an answer of the client's
    for _ in range(3):  # the loop closes aborted sockets in its next rounds
        await asyncio.sleep(0)


async def _read(request: web.Request, path: str) -> Call:
    """The request with its body decoded.

    Raises:
        ApiError: 400 for a body that cannot be read, 415 for an unknown media type.
    """
    raw = await request.read()
    media = request.headers.get("Content-Type", "application/json").partition(";")[0].strip()
    return Call(
        request.method,
        path,
        dict(request.query),
        media,
        request.headers.get("Accept", "application/json"),
        _decoded(raw, media, request.method) if raw else None,
    )


def _decoded(raw: bytes, media: str, method: str) -> Any:
    if media == PROTOBUF:
        return delete_options(raw) if method == "DELETE" else raw
    try:
        if media.endswith("yaml"):
            return yaml.safe_load(raw)
        if media.endswith("json") or media == "application/octet-stream":
            return json.loads(raw)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding the body: {error}") from error
    raise unsupported()


def _response(found: Answer) -> web.Response:
    if isinstance(found.body, str):
        return web.Response(text=found.body, status=found.status, headers=found.headers)
    return web.Response(
        body=encode(found.body),
        status=found.status,
        headers={"Content-Type": "application/json", **found.headers},
    )
