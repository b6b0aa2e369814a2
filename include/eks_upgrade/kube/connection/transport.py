"""HTTP to one Kubernetes API server: trust, token, patience. Knows nothing of pods or nodes.

aiohttp is used directly instead of through a Kubernetes client library. Why, and what was
measured: docs/decisions/kubernetes-client.md.
"""

import asyncio
import base64
import binascii
import json
import logging
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiolimiter import AsyncLimiter

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.event_loop import Slices
from include.eks_upgrade.common.foreign_page import is_page, page_in_words
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.connections import Connections, connections_of
from include.eks_upgrade.kube.errors import (
    Answer,
    Expired,
    error_of,
    is_foreign,
    may_retry,
    no_connection,
    shortened,
)

log = logging.getLogger(__name__)

TOKEN_SECONDS = 13 * 60.0
"""A token is replaced at this age; EKS accepts it for 15 minutes from its signing."""

REQUESTS_PER_SECOND = 50.0
"""One client's share of the API server, if nobody says otherwise."""

REQUEST_SECONDS = 30.0

RETRY_DELAYS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before the second, third, … try of a request that may be tried again."""

CONNECTION_ERRORS = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        what: verb and resource for messages, such as `list nodes`.
        patient: whether it is tried again when the server asks for patience or does not answer.
    """

    what: str
    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content_type: str = "application/json"
    patient: bool = True


class Transport:
    """Requests with a token that is renewed before it ends and at each 401.

    Args:
        access: endpoint, CA and maker of tokens.
        requests_per_second: how many requests it sends at most; a second's worth may go at once.
        sleep: how to wait between tries (seconds); tests hand in their own.
        now: seconds of a clock that never goes back; tests hand in their own.
    """

    def __init__(
        self,
        access: ClusterAccess,
        *,
        requests_per_second: float = REQUESTS_PER_SECOND,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.access = access
        self.endpoint = access.endpoint.rstrip("/")
        self.requests = 0
        self._rate = AsyncLimiter(max(1.0, requests_per_second), max(1.0, 1 / requests_per_second))
        self._sleep = sleep
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._connections: Connections | None = None
        self._token = ""
        self._token_made = 0.0
        self._token_lock = asyncio.Lock()

    async def open(self) -> None:
        """Make the session; the CA is trusted alone and never written to disk."""
        self._connections = connections_of(self.access, self._trust)
        self._session = aiohttp.ClientSession(
            connector=self._connections.connector,
            connector_owner=False,
            headers={"Accept": "application/json", "User-Agent": "eks-upgrade-airflow"},
            # EKS endpoints are often reached through a proxy that the environment names.
            trust_env=self.access.proxy is None,
        )

    def _trust(self) -> ssl.SSLContext | bool:
        """Whom to trust; a plain http endpoint (`kubectl proxy`) needs nothing."""
        if self.endpoint.startswith("http://"):
            return True
        if self.access.tls is not None:
            return self.access.tls()
        return trusting(self.access.certificate_authority)

    async def close(self) -> None:
        """Close every connection that nobody else uses."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._connections is not None:
            connections, self._connections = self._connections, None
            await connections.leave()

    async def request(self, call: Call) -> Answer:
        """The answer, whatever its status is; 401 only after a fresh token was refused, too.

        Raises:
            Unreachable: no connection, after the tries that `call.patient` allows.
            Refused: a proxy answered in place of Kubernetes.
        """
        delays = list(RETRY_DELAYS) if call.patient else []
        while True:
            try:
                answer = await self._once_or_renewed(call)
            except CONNECTION_ERRORS as error:
                if not delays:
                    raise no_connection(call.what, self.endpoint, error) from error
                log.info("'%s' is tried again: %s", call.what, shortened(repr(error)))
                await self._sleep(delays.pop(0))
                continue
            if not (delays and may_retry(answer, call.what)):
                if is_foreign(answer):  # or its 404 would count as Kubernetes' own
                    raise error_of(call.what, answer)
                return answer
            await self._sleep(max(delays.pop(0), min(answer.retry_after or 0.0, 10.0)))

    async def json(self, call: Call) -> Mapping[str, Any]:
        """The body of a success.

        Raises:
            UpgradeError: any other answer, as `kube.errors.error_of` translates it.
        """
        answer = await self.request(call)
        if not answer.ok:
            raise error_of(call.what, answer)
        return answer.body

    async def lines(self, call: Call, *, silence: float) -> AsyncGenerator[Mapping[str, Any], None]:
        """The JSON objects of a watch, one a line, until the server ends it.

        Args:
            call: the watch.
            silence: seconds without a byte after which the connection counts as dead.

        Raises:
            Unreachable: the stream broke off; events may have been lost.
            Expired: the version to go on from is too old.
            UpgradeError: the watch is not granted.
        """
        limits = aiohttp.ClientTimeout(total=None, connect=REQUEST_SECONDS, sock_read=silence)
        try:
            for last in (False, True):
                await self._rate.acquire()
                async with self._send(call, limits) as response:
                    if response.status == 401 and not last:
                        self._forget_token_after(401)
                        continue
                    if response.status == 410:
                        raise Expired((await _answer(response)).words)
                    if response.status != 200:
                        raise error_of(call.what, await _answer(response))
                    slices = Slices()
                    async for line in _split_lines(response.content):
                        yield json.loads(line)
                        await slices.pause()  # a burst of events must not stop the loop
                return
        except (*CONNECTION_ERRORS, ValueError) as error:
            raise no_connection(call.what, self.endpoint, error) from error

    def _forget_token_after(self, status: int) -> None:
        if status == 401:
            self._token = ""

    async def _once_or_renewed(self, call: Call) -> Answer:
        answer = await self._once(call)
        if answer.status != 401:
            return answer
        self._forget_token_after(answer.status)
        answer = await self._once(call)
        self._forget_token_after(answer.status)
        return answer

    async def _once(self, call: Call) -> Answer:
        if self._connections is None:
            raise RuntimeError("the client is used outside its `async with`")
        limits = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        # First our own pace, then one of the slots that we share: who waits for the first must not
        # keep the second from others.
        await self._rate.acquire()
        async with self._connections.slots, self._send(call, limits) as response:
            return await _answer(response)

    @asynccontextmanager
    async def _send(
        self, call: Call, limits: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("the client is used outside its `async with`")
        token = await self._fresh_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.requests += 1
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        async with self._session.request(
            call.method,
            self.endpoint + call.path,
            params=call.query,
            data=None if call.body is None else json.dumps(call.body),
            headers=headers,
            timeout=limits,
            proxy=self.access.proxy or None,
            allow_redirects=False,  # a redirect would carry the token to another host
        ) as response:
            try:
                yield response
            except BaseException:
                # A broken-off TLS connection would linger, past the end of the event loop even.
                if response.connection is not None and response.connection.transport is not None:
                    response.connection.transport.abort()
                raise

    async def _fresh_token(self) -> str:
        async with self._token_lock:
            if not self._token or self._now() - self._token_made >= TOKEN_SECONDS:
                made = self._now()
                # In a thread: signing may ask STS or the metadata service for credentials.
                self._token = await asyncio.to_thread(self.access.token)
                self._token_made = made
            return self._token


def trusting(certificate_authority: str) -> ssl.SSLContext:
    """A TLS context that trusts this CA (base64 of PEM, as DescribeCluster returns it) alone.

    Raises:
        Refused: what DescribeCluster returned is not a certificate.
    """
    try:
        pem = base64.b64decode(certificate_authority, validate=True).decode("ascii")
        return ssl.create_default_context(cadata=pem)
    except (binascii.Error, UnicodeDecodeError, ValueError, ssl.SSLError) as error:
        problem = Problem(
            "the cluster's certificate authority",
            f"it is not base64 of a PEM certificate ({shortened(str(error))})",
            "compare `aws eks describe-cluster --query cluster.certificateAuthority`",
        )
        raise Refused("The cluster's TLS cannot be verified", [problem]) from error


async def _split_lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    # Not readline: aiohttp limits the length of a line, Kubernetes does not.
    rest = b""
    async for chunk in content.iter_any():
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:
            if line.strip():
                yield line
    if rest.strip():
        raise aiohttp.ClientPayloadError("the stream ended in the middle of a line")


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    text = await response.text(errors="replace")
    try:
        body = json.loads(text)
    except ValueError as error:
        if response.status < 300 and response.content_type == "application/json":
            raise aiohttp.ClientPayloadError("the answer is cut off") from error
        if response.status < 300 and is_page(text):
            words = f"answered with {page_in_words(text)}, not by Kubernetes"
            raise aiohttp.ClientPayloadError(words) from error
        body = None
    return Answer(
        response.status,
        body if isinstance(body, dict) else {},
        "" if isinstance(body, dict) else shortened(text),
        _seconds(response.headers.get("Retry-After")),
    )


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdigit() else None
