"""One HTTP exchange: who asks, what goes wrong on purpose, what is answered, what is written down.

Holds and faults strike without the clock's lock; what the server does, it does under it.
"""

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from aiohttp import web

from include.rehearsal.clock import SimClock
from include.rehearsal.faults.holds import Holds
from include.rehearsal.journal import Journal, Request
from include.rehearsal.kube.api.dispatch import HEALTH_PATHS, PAGE_NOT_FOUND, Guard, answer, refusal
from include.rehearsal.kube.api.reading import scope_of
from include.rehearsal.kube.api.request_summary import summary_of
from include.rehearsal.kube.auth.access import Access, unauthorized
from include.rehearsal.kube.auth.tokens import BadToken
from include.rehearsal.kube.faults import Effect, KubeFaults, Refuse, Reset, Slow, Truncate
from include.rehearsal.kube.http.calls import Answer, Call, Cluster
from include.rehearsal.kube.http.listener import break_off, reset
from include.rehearsal.kube.http.protobuf import PROTOBUF, delete_options, unsupported
from include.rehearsal.kube.http.routes import Route
from include.rehearsal.kube.objects.encoding import encode
from include.rehearsal.kube.objects.errors import ApiError, bad_request
from include.rehearsal.kube.watch.streams import WatchStream
from include.rehearsal.kube.watch.watchers import Watchers

OPEN_PATHS: Final = (*HEALTH_PATHS, "/version")

log = logging.getLogger(__name__)


class Disconnect(Exception):
    """There is to be no answer, or no more of it: the connection ends here.

    Attributes:
        fault: why, for the journal.
        let_arrive: what was sent is still to arrive.
    """

    def __init__(self, fault: str, *, let_arrive: bool = False) -> None:
        super().__init__(fault)
        self.fault, self.let_arrive = fault, let_arrive


@dataclass
class Rules:
    """What decides about requests besides the clusters.

    Attributes:
        access: rights, and tokens refused.
        faults: what is to go wrong.
        journal: where every answered request is written down.
        holds: requests to be held.
        caller: from a bearer token and a cluster's name to an access key id; raises BadToken.
        failures: tracebacks of requests that ended as 500 for a fault of this server.
    """

    journal: Journal
    holds: Holds
    caller: Callable[[str, str], str]
    access: Access = field(default_factory=Access)
    faults: KubeFaults = field(default_factory=KubeFaults)
    failures: list[str] = field(default_factory=list)


@dataclass
class _Exchange:
    """What is known so far of one request and its answer."""

    http: web.Request
    request: Request
    status: int = 0
    fault: str = ""
    stream: WatchStream | None = None

    def forget_stream(self) -> None:
        """The watch is not to be sent."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None


class RequestHandler:
    """Answers HTTP requests for all clusters.

    Args:
        clusters: finds a cluster by its name.
        clock: the simulated clock.
        rules: what decides about requests.
        watchers: where open watches are known.
    """

    def __init__(
        self,
        clusters: Callable[[str], Cluster | None],
        clock: SimClock,
        rules: Rules,
        watchers: Watchers,
    ) -> None:
        self._clusters, self._clock = clusters, clock
        self._rules, self._watchers = rules, watchers

    async def respond(self, http: web.Request) -> web.StreamResponse:
        """Answer one request; whatever fails unexpectedly becomes a 500 and is kept."""
        operation = f"{http.method.lower()} {http.match_info['path'] or '/'}"
        exchange = _Exchange(http, Request("kube", operation, http.match_info["cluster"]))
        try:
            response = await self._answer(exchange)
        except Disconnect as disconnect:
            exchange.fault = disconnect.fault
            (break_off if disconnect.let_arrive else reset)(http.transport)
            exchange.forget_stream()
            response = web.Response()  # goes nowhere
        except ApiError as error:
            response = self._respond_with(exchange, refusal(error))
        except Exception as error:  # the client gets a Status, the tests the traceback
            self._rules.failures.append(traceback.format_exc())
            exchange.forget_stream()
            log.exception("the rehearsal failed to answer %s %s", http.method, http.path)
            message = f"Internal error: {error!r}"
            response = self._respond_with(
                exchange, refusal(ApiError(500, "InternalError", message))
            )
        self._rules.journal.record(exchange.request, exchange.status, fault=exchange.fault)
        if exchange.stream is not None:
            return await self._stream_watch(exchange, exchange.stream)
        return response

    async def _answer(self, exchange: _Exchange) -> web.StreamResponse:
        cluster = self._clusters(exchange.request.cluster)
        if cluster is None:
            return self._respond_with(exchange, PAGE_NOT_FOUND)
        call = await _read(exchange.http)
        exchange.request = summary_of(exchange.request.cluster, call)
        await self._hold(exchange, after=False)
        key_id = "" if call.path in OPEN_PATHS else self._authenticate(exchange)
        effect = self._rules.faults.take(exchange.request)
        if effect is not None:
            exchange.fault = effect.kind
            refused = await _apply_before(effect)
            if refused is not None:
                return self._respond_with(exchange, refused)
        response = self._act(exchange, cluster, call, key_id)
        await self._hold(exchange, after=True)
        return await _apply_after(effect, exchange.http, response)

    async def _hold(self, exchange: _Exchange, *, after: bool) -> None:
        hold = self._rules.holds.take(exchange.request, "after" if after else "before")
        if hold is not None and not await hold.wait_async():
            raise Disconnect("dropped")

    def _authenticate(self, exchange: _Exchange) -> str:
        scheme, _, token = exchange.http.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self._rules.access.take_refusal():
            raise unauthorized()
        try:
            return self._rules.caller(token.strip(), exchange.request.cluster)
        except BadToken as error:
            log.info("a token for %s was refused: %s", exchange.request.cluster, error)
            raise unauthorized() from error

    def _act(self, exchange: _Exchange, cluster: Cluster, call: Call, key_id: str) -> web.Response:
        """Do what is asked; a watch is opened, and sent later."""
        name, http = exchange.request.cluster, exchange.http
        guard = Guard(
            self._rules.access.rights(name, key_id),
            lambda: self._webhook_denial(exchange),
        )
        try:
            with self._clock.lock:
                self._clock.run_due()
                cache = self._watchers.cache(name, cluster)
                found = answer(cluster, cache, guard, call, http.host)
                if isinstance(found, Route):
                    scope = scope_of(found, call.query)
                    exchange.stream = WatchStream(cache, scope, call)
        except ApiError as error:
            found = refusal(error)
        if isinstance(found, Route):
            exchange.status = 200
            return web.Response()
        return self._respond_with(exchange, found)

    def _webhook_denial(self, exchange: _Exchange) -> ApiError | None:
        error = self._rules.faults.denial(exchange.request)
        if error is not None:
            exchange.fault = "webhook"
        return error

    def _respond_with(self, exchange: _Exchange, found: Answer) -> web.Response:
        exchange.status = found.status
        return response_of(found)

    async def _stream_watch(self, exchange: _Exchange, stream: WatchStream) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        try:
            await self._watchers.send(exchange.request.cluster, stream, exchange.http, response)
        except ConnectionError:
            log.debug("a watcher went away")
        return response


async def _apply_before(effect: Effect) -> Answer | None:
    """Let a fault strike before the server acts; the answer if that is all there is to be.

    Raises:
        Disconnect: the connection is to be reset.
    """
    if isinstance(effect, Reset) and not effect.after:
        raise Disconnect(effect.kind)
    if isinstance(effect, Slow):
        await asyncio.sleep(effect.seconds)
    return effect.answer if isinstance(effect, Refuse) else None


async def _apply_after(
    effect: Effect | None, http: web.Request, response: web.Response
) -> web.StreamResponse:
    """Let a fault strike when the server has acted.

    Raises:
        Disconnect: the connection is to be reset.
    """
    if isinstance(effect, Reset):
        raise Disconnect(effect.kind)
    if not isinstance(effect, Truncate):
        return response
    whole = response.body if isinstance(response.body, bytes) else b""
    half = whole[: len(whole) // 2]
    if effect.ended:
        return web.Response(body=half, status=response.status, content_type="application/json")
    cut = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
    cut.content_length = len(whole)
    await cut.prepare(http)
    await cut.write(half)
    raise Disconnect(effect.kind, let_arrive=True)


async def _read(http: web.Request) -> Call:
    """The request with its body decoded.

    Raises:
        ApiError: 400 for a body that cannot be read, 415 for an unknown media type.
    """
    raw = await http.read()
    media = http.headers.get("Content-Type", "application/json").partition(";")[0].strip()
    return Call(
        http.method,
        http.match_info["path"] or "/",
        dict(http.query),
        media,
        http.headers.get("Accept", "application/json"),
        _decoded(raw, media, http.method) if raw else None,
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


def response_of(found: Answer) -> web.Response:
    """An answer as aiohttp sends it."""
    if isinstance(found.body, str):
        return web.Response(
            body=found.body.encode(),
            status=found.status,
            headers={"Content-Type": "text/plain; charset=utf-8", **found.headers},
        )
    return web.Response(
        body=encode(found.body),
        status=found.status,
        headers={"Content-Type": "application/json", **found.headers},
    )
