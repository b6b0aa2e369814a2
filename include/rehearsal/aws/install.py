"""Puts the extended services into moto and serves them on loopback.

moto builds a service's backends and its web application at the first request, so the classes
are swapped before the server starts (moto 5.2.5, pinned).
"""

import json
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.autoscaling import models as autoscaling_models
from moto.core.base_backend import BackendDict
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.ssm.models import ssm_backends
from werkzeug.serving import BaseWSGIServer, make_server

from include.rehearsal.aws import nodes, place
from include.rehearsal.aws.autoscaling import AutoScalingRegion
from include.rehearsal.aws.autoscaling_group import RehearsalGroup
from include.rehearsal.aws.ec2 import Ec2Region
from include.rehearsal.aws.eks_state import EksRegion
from include.rehearsal.aws.ssm import SsmRegion
from include.rehearsal.world import World

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


def install(world: World) -> None:
    """Swap moto's backends and make `world` the one they live in; earlier state is dropped."""
    place.enter(world)
    BackendDict.reset()
    for backends, own in (
        (eks_backends, EksRegion),
        (ec2_backends, Ec2Region),
        (ssm_backends, SsmRegion),
        (autoscaling_models.autoscaling_backends, AutoScalingRegion),
    ):
        backends.backend = own
        backends.clear()
    # moto's Auto Scaling backend makes its groups from this name.
    autoscaling_models.FakeAutoScalingGroup = RehearsalGroup
    world.launched.append(nodes.launched)
    world.leaving.append(nodes.leaving)


class Door:
    """The WSGI application: rehearsal controls, and moto under the world's lock.

    moto has no locks of its own. Every call first runs what is due by now.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        with self._world.clock.lock:
            self._world.clock.run_due()
            if path.startswith("/_rehearsal/"):
                return self._control(path, environ, start_response)
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer

    def _control(
        self, path: str, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            status, body = 200, self._do(path, environ["REQUEST_METHOD"], _body(environ))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            status, body = 400, {"error": f"not understood: {error!r}"}
        data = json.dumps(body).encode()
        words = "200 OK" if status == 200 else "400 Bad Request"
        start_response(words, [("Content-Type", "application/json")])
        return [data]

    def _do(self, path: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
        clock = self._world.clock
        if path == "/_rehearsal/faults":
            if method == "POST":
                self._world.faults.set(body)
            return self._world.faults.as_json()
        if path == "/_rehearsal/advance" and method == "POST":
            clock.advance(float(body["seconds"]))
        elif path != "/_rehearsal/clock":
            raise ValueError(f"there is no {method} {path}")
        return {
            "now": clock.now(),
            "time": clock.timestamp(),
            "speed": clock.speed,
            "failures": clock.failures,
        }


def _body(environ: Environ) -> dict[str, Any]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    raw = environ["wsgi.input"].read(length) if length else b"{}"
    found: dict[str, Any] = json.loads(raw or b"{}")
    return found


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is untyped
    """moto's request handler without a log line per call."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class AwsServer:
    """The simulated AWS API on 127.0.0.1.

    Args:
        world: the world it serves; `install` must have been called for it.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The endpoint, for AWS_ENDPOINT_URL."""
        port = self._server.server_port if self._server else 0
        return f"http://127.0.0.1:{port}"

    def start(self, port: int = 0) -> None:
        """Listen and serve in a thread of its own.

        Raises:
            OSError: the port is taken.
        """
        _check_free(port)
        server = make_server(
            "127.0.0.1", port, Door(self._world), threaded=True, request_handler=QuietHandler
        )
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; harmless when it was not."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join(timeout=5)
            self._server.server_close()
        self._server = self._thread = None


def _check_free(port: int) -> None:
    # werkzeug answers a taken port with text on stderr and sys.exit.

    if not port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
