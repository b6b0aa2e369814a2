"""The listener of the AWS side: every request passes here on its way to moto and back.

In this order: held before, faults, credentials, rights, moto under the world's lock, the journal,
held after, and what a fault does to an answer that is there.
"""

import functools
import json
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends

from include.rehearsal.aws import pricing
from include.rehearsal.aws.eks import zonal_shifts
from include.rehearsal.aws.errors import AwsError
from include.rehearsal.aws.front.control import Controls
from include.rehearsal.aws.front.refusals import (
    HttpResponse,
    Refusal,
    as_response,
    empty_lists,
    refusal_of_fault,
    refusal_of_key,
    refusal_of_region,
    text_response,
)
from include.rehearsal.aws.front.requests import AwsCall, Environ, read
from include.rehearsal.aws.rights import trust
from include.rehearsal.aws.rights.judgement import judge
from include.rehearsal.faults import Fault
from include.rehearsal.journal import Request
from include.rehearsal.world import World

StartResponse = Callable[..., Any]

CONTROL = "/_rehearsal/"
# With faults of these kinds moto answers in the end.
ANSWERED = ("slow", "truncated")
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]
BESIDE_MOTO: Final[dict[str, tuple[Answer, str]]] = {
    "pricing": (pricing.products, "application/x-amz-json-1.1"),
    "arc-zonal-shift": (zonal_shifts.managed_resource, "application/json"),
}
"""What answers for the services that moto does not have, and the type of their answers."""


class Dropped(ConnectionError):
    """The connection was closed without an answer."""


class Listener:
    """The WSGI application: rehearsal controls, and moto under the world's lock.

    moto has no locks of its own. Every call first runs what is due by now. Nothing here waits
    while it holds the lock.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._moto = DomainDispatcherApplication(create_backend_app)
        # moto lists the folders of its package for each request, to find whose it is.
        self._moto.get_backend_for_host = functools.cache(self._moto.get_backend_for_host)
        self._controls = Controls(world)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """HttpResponse one request.

        Raises:
            Dropped: the connection is closed already.
        """
        if str(environ.get("PATH_INFO", "")).startswith(CONTROL):
            found = self._controls.answer(environ)
        else:
            call = read(environ)
            found = self._respond(call, environ) if call else self._from_moto(environ)
        start_response(f"{found.status} {_phrase(found.status)}", found.headers)
        return [found.body]

    def _respond(self, call: AwsCall, environ: Environ) -> HttpResponse:
        self._wait(call.request, environ)
        fault = self._world.faults.calls.take(call.service, call.request)
        early = self._response_of_fault(call, fault, environ) if fault and not fault.after else None
        # A fault stands for whatever answers before the service does: credentials come after it.
        refused = early or self._refused(call)
        if refused:
            return refused
        found = self._act(call, environ, fault)
        self._wait(call.request, environ, acted=True)
        # From here on the change is made and journalled; only what the client gets to see differs.
        if fault and fault.after:
            found = self._response_of_fault(call, fault, environ, acted=True) or found
        return _cut(found) if fault and fault.kind == "truncated" else found

    def _wait(self, request: Request, environ: Environ, *, acted: bool = False) -> None:
        """Wait on a hold, if there is one.

        Raises:
            Dropped: when the hold says so.
        """
        hold = self._world.holds.take(request, "after" if acted else "before")
        if hold is None or hold.wait():
            return
        if not acted:
            self._world.journal.record(request, 0, fault="dropped")
        raise _reset(environ)

    def _response_of_fault(
        self, call: AwsCall, fault: Fault, environ: Environ, *, acted: bool = False
    ) -> HttpResponse | None:
        """The response a fault puts in the place of moto's; None when moto's is to be given.

        Raises:
            Dropped: the fault is a reset.
        """
        if fault.kind in ANSWERED:
            time.sleep(fault.delay)
            return None
        if fault.kind == "reset":
            if not acted:
                self._world.journal.record(call.request, 0, fault="reset")
            raise _reset(environ)
        empty = empty_lists(call) if fault.kind == "not_found_yet" else None
        found = empty or as_response(call, refusal_of_fault(call, fault))
        if not acted:
            self._world.journal.record(call.request, found.status, fault=fault.kind)
        return found

    def _refused(self, call: AwsCall) -> HttpResponse | None:
        """The refusal of credentials that are no longer good or may not do this, or None."""
        why = self._world.keys.problem(call.key_id)
        refusal = refusal_of_key(call, why) if why else self._closed(call) or self._denied(call)
        if refusal is None:
            return None
        found = as_response(call, refusal)
        self._world.journal.record(call.request, found.status)
        return found

    def _closed(self, call: AwsCall) -> Refusal | None:
        """The refusal of a region that the caller's account has not enabled, or None."""
        return refusal_of_region(call) if self._world.is_closed(call.place) else None

    def _denied(self, call: AwsCall) -> Refusal | None:
        """The refusal of a right that the caller lacks, or of a role that does not trust it."""
        request, region = call.request, call.place.region
        with self._world.clock.lock:
            self._world.clock.run_due()
            found = judge(call.service, request.operation, call.key_id, region, request.body)
            if found is None and request.operation == "AssumeRole":
                found = trust.refusal(call.key_id, region, request.body)
        return Refusal(found.code, found.status, found.message) if found else None

    def _act(self, call: AwsCall, environ: Environ, fault: Fault | None) -> HttpResponse:
        """Let moto answer, and write it down in the order in which things were done."""
        with self._world.clock.lock:
            found = _beside_moto(call) or self._from_moto(environ)
            fault_kind = fault.kind if fault else ""
            self._world.journal.record(call.request, found.status, fault=fault_kind)
            if call.service == "sts" and call.request.operation.startswith("Assume"):
                self._learn_sessions()
        return found

    def _learn_sessions(self) -> None:
        for regions in sts_backends.values():
            for backend in regions.values():
                for role in backend.assumed_roles:
                    self._world.keys.learn(
                        role.access_key_id, role.secret_access_key, role.account_id
                    )

    def _from_moto(self, environ: Environ) -> HttpResponse:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
            started.append((status, headers))

        with self._world.clock.lock:
            self._world.clock.run_due()
            parts = self._moto(environ, start)
            body = b"".join(parts)
            if hasattr(parts, "close"):
                parts.close()
        status, headers = started[-1]
        return HttpResponse(int(status.split()[0]), headers, body)


def _beside_moto(call: AwsCall) -> HttpResponse | None:
    """The answer of a service that moto does not have; None for all others."""
    if call.service not in BESIDE_MOTO:
        return None
    answer, kind = BESIDE_MOTO[call.service]
    try:
        text = json.dumps(answer(call.request.body))
    except AwsError as error:  # those of these services are all about things that are not there
        return as_response(call, Refusal(error.code, HTTPStatus.NOT_FOUND, str(error.message)))
    return text_response(200, [("Content-Type", kind)], text)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _cut(found: HttpResponse) -> HttpResponse:
    """Half of the body under the length of all of it."""
    kept = [(k, v) for k, v in found.headers if k.lower() != "content-length"]
    whole = ("Content-Length", str(len(found.body)))
    return HttpResponse(found.status, [*kept, whole], found.body[: len(found.body) // 2])


def _reset(environ: Environ) -> Dropped:
    """Close the connection so that the client gets RST, not an orderly end."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The server's reader and writer hold the socket too, so `close` would not close it.
    os.close(connection.detach())
    return Dropped("closed on purpose")
