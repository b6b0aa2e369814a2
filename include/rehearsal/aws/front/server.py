"""The simulated AWS API as an HTTP server on loopback."""

import socket
import threading
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from include.rehearsal.aws.front.listener import Listener
from include.rehearsal.world import World


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is untyped
    """moto's request handler without a log line per call."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:  # noqa: ARG002
        """No further request is read from a connection that is closed."""
        self.close_connection = True


class AwsServer:
    """Serves the simulated AWS API on 127.0.0.1.

    Args:
        world: the world it serves; `aws.install.install` must have been called for it.
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
            "127.0.0.1", port, Listener(self._world), threaded=True, request_handler=QuietHandler
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
