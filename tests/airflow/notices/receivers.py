"""Receivers on loopback: a mail server and a web server that keep what they got."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """What a mail server was given.

    Attributes:
        mails: whole, in order of arrival.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"


def text_of(mail: EmailMessage) -> str:
    """What a person reads in it."""
    body = mail.get_body(("html", "plain"))
    assert body is not None
    return str(body.get_content())


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """A mailbox, and the Airflow connection that leads there, as JSON."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield box, smtp_connection(controller.port)
    finally:
        controller.stop()


def smtp_connection(port: int) -> str:
    """A connection to a mail server on loopback without TLS."""
    extra = {
        "disable_ssl": True,
        "disable_tls": True,
        "retry_limit": 1,
        "from_email": "upgrades@example.com",
    }
    return json.dumps(
        {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": json.dumps(extra)}
    )


@dataclass
class Hooks:
    """What a web server was sent.

    Attributes:
        got: path and JSON of each POST. status: what it answers. pause: seconds before it does.
    """

    port: int = 0
    got: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200
    pause: float = 0.0

    @property
    def bodies(self) -> list[Any]:
        return [body for _, body in self.got]


@contextmanager
def web_server() -> Iterator[Hooks]:
    """A web server that takes any POST."""
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hooks.got.append((self.path, json.loads(body)))
            time.sleep(hooks.pause)
            self.send_response(hooks.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hooks.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hooks
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes a connection and then says nothing, ever."""
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def free_port() -> int:
    """A port at which nobody listens."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
