"""A fake Kubernetes API over HTTPS on the loopback: just enough to compare client libraries.

    python -m benchmarks.kubernetes_clients.server --pods 1000 --events 10000

It prints one line of JSON (`endpoint`, and `ca`: base64 of a PEM) and serves until its standard
input ends. What it answers has the shape of the recordings in tests/recordings.
"""

import argparse
import asyncio
import base64
import json
import ssl
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.kubernetes_clients.common import EXPIRED_PREFIX, EXPIRED_TOKEN, FIRST_VERSION

RECORDINGS = Path(__file__).resolve().parents[2] / "tests/recordings"

TOO_OLD = 1
"""The version that no watch takes."""

RETRY_AFTER = "10"


class FakeApi:
    """The answers, made beforehand, so that serving them costs little."""

    def __init__(self, pods: int, events: int) -> None:
        shapes = recorded_events()
        self.items = [_like(shapes[0]["object"], n, FIRST_VERSION) for n in range(pods)]
        self.lines = [
            _line("MODIFIED", _like(shapes[n % len(shapes)]["object"], n % pods, version))
            for n, version in enumerate(range(FIRST_VERSION + 1, FIRST_VERSION + 1 + events))
        ]
        self.refusal = recorded_refusal()
        self._expired: set[str] = set()

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(middlewares=[_known_token])
        pod = "/api/v1/namespaces/{namespace}/pods/{name}"
        app.add_routes(
            [
                *(web.get(f"{path}{{_:/?}}", _saying(body)) for path, body in _DISCOVERY.items()),
                web.get("/api/v1/pods", self.pods),
                web.post(f"{pod}/eviction", self.evict),
                web.delete(pod, self.delete),
            ]
        )
        return app

    async def pods(self, request: web.Request) -> web.StreamResponse:
        """A page of the list, or a watch."""
        label = request.query.get("labelSelector", "")
        if request.query.get("watch", "").lower() in {"1", "true"}:
            return await self._watch(request, self.lines[1:2] if label else self.lines)
        items = self.items[:1] if label else self.items
        version = FIRST_VERSION
        if label.startswith(EXPIRED_PREFIX) and label not in self._expired:
            self._expired.add(label)
            version = TOO_OLD
        start = int(request.query.get("continue") or 0)
        end = start + int(request.query.get("limit") or len(items))
        meta = {"resourceVersion": str(version)}
        if end < len(items):
            meta["continue"] = str(end)
        page = {"kind": "PodList", "apiVersion": "v1", "metadata": meta, "items": items[start:end]}
        return _answer(page)

    async def _watch(self, request: web.Request, lines: list[bytes]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        if request.query.get("resourceVersion") == str(TOO_OLD):
            await response.write(_line("ERROR", _GONE))
            return response
        for line in lines:
            if request.transport is None or request.transport.is_closing():
                return response
            await response.write(line)
        await asyncio.sleep(60)  # a quiet cluster; the client has long gone
        return response

    async def evict(self, request: web.Request) -> web.Response:
        """Refused by a budget, if it is asked for exactly this pod."""
        options = (await request.json()).get("deleteOptions") or {}
        if not (options.get("preconditions") or {}).get("uid"):
            return _status(409, "the eviction carries no uid")
        return _answer(self.refusal, 429, {"Retry-After": RETRY_AFTER})

    async def delete(self, request: web.Request) -> web.Response:
        """Accepted, if it is asked for exactly this pod."""
        body = await request.json() if request.can_read_body else {}
        if not (body.get("preconditions") or {}).get("uid"):
            return _status(409, "the deletion carries no uid")
        return _answer({"kind": "Pod", "apiVersion": "v1", **self.items[0]})


def recorded_events() -> list[dict[str, Any]]:
    """The changes of a pod that is evicted and of the one that replaces it, as recorded."""
    exchanges = json.loads((RECORDINGS / "watch.json").read_text())["exchanges"]
    (watch,) = (
        each["watch"]
        for each in exchanges
        if "watch" in each and each["watch"]["path"].endswith("/pods")
    )
    return [event for event in watch["events"] if event["type"] != "BOOKMARK"]


def recorded_refusal() -> dict[str, Any]:
    """The body of an eviction that a budget refuses, as recorded."""
    exchanges = json.loads((RECORDINGS / "evict-with-budget.json").read_text())["exchanges"]
    answers = (each["response"] for each in exchanges if "response" in each)
    return next(dict(each["body"]) for each in answers if each["status"] == 429)


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's TLS context for 127.0.0.1, and base64 of the CA to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake Kubernetes API")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = cert.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "server.pem").write_bytes(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, base64.b64encode(pem).decode()


async def serve(pods: int, events: int) -> None:
    """Serve until standard input ends."""
    runner = web.AppRunner(FakeApi(pods, events).app(), shutdown_timeout=0.1)
    await runner.setup()
    with tempfile.TemporaryDirectory(prefix="fake-kubernetes-") as folder:
        context, ca = await asyncio.to_thread(certificate, Path(folder))
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    print(json.dumps({"endpoint": f"https://127.0.0.1:{port}", "ca": ca}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def _signs_certificates() -> x509.KeyUsage:
    names = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    rest = dict.fromkeys((*names, "crl_sign", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=True, key_cert_sign=True, **rest)


@web.middleware
async def _known_token(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if request.headers.get("Authorization") == f"Bearer {EXPIRED_TOKEN}":
        return _status(401, "Unauthorized")
    return await handler(request)


def _saying(body: dict[str, Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return _answer(body)

    return answer


def _answer(
    body: dict[str, Any], code: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    # Without a charset, as the API server sends it: lightkube compares the whole header.
    headers = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=code, headers=headers)


def _status(code: int, message: str) -> web.Response:
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return _answer({**body, "message": message, "code": code}, code)


def _like(pod: dict[str, Any], number: int, version: int) -> dict[str, Any]:
    names = {"name": f"web-{number}", "uid": f"uid-{number}", "resourceVersion": str(version)}
    return {**pod, "metadata": {**pod["metadata"], **names}}


def _line(kind: str, thing: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": thing}, separators=(",", ":")).encode() + b"\n"


_PODS = {
    "name": "pods",
    "singularName": "pod",
    "namespaced": True,
    "kind": "Pod",
    "shortNames": ["po"],
    "verbs": ["delete", "list", "watch"],
}
_DISCOVERY = {
    "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.2"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [_PODS]},
}
"""What kr8s asks for before anything else."""

_GONE = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Failure",
    "message": "too old resource version: 1 (1000)",
    "reason": "Expired",
    "code": 410,
}
"""https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses"""


def main() -> None:
    """Read the sizes and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=1000)
    parser.add_argument("--events", type=int, default=10_000)
    asked = parser.parse_args()
    asyncio.run(serve(asked.pods, asked.events))


if __name__ == "__main__":
    main()
