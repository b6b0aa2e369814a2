"""Probes over HTTP, against a real server on loopback."""

import asyncio
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from include.eks_upgrade.fleet.health.ask import probe_problems
from include.eks_upgrade.fleet.health.probes import Address


class Door(BaseHTTPRequestHandler):
    """Answers with the status that the path says; `/slow` takes its time."""

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(0.5)
        status = int(self.path[1:]) if self.path[1:].isdigit() else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, *_):
        """Nothing: a test's output is for failures."""


@pytest.fixture(scope="module")
def base():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ask(*found):
    return list(asyncio.run(probe_problems(found)).values())


def test_a_good_answer_is_no_problem(base):
    assert ask(Address(url=f"{base}/200"), Address(url=f"{base}/404", status=404)) == []


def test_a_redirect_is_an_answer_of_its_own(base):
    (told,) = ask(Address(url=f"{base}/302"))
    assert f"answers 302 and leads to {base}/200 " in told


def test_one_that_takes_too_long_gives_no_answer(base):
    assert ask(Address(url=f"{base}/slow", seconds=0.1)) == [
        f"{base}/slow gives no answer: none within 0.1 s"
    ]


def test_a_door_that_is_shut_is_told_with_its_reason():
    (told,) = ask(Address(url="http://127.0.0.1:1/?token=x"))
    assert told.startswith("http://127.0.0.1:1/ gives no answer: ClientConnectorError: ")
    assert "token" not in told


def test_a_certificate_that_nobody_vouches_for_is_no_answer(stage):
    (told,) = ask(Address(url=stage.server.url("demo")))
    assert "ClientConnectorCertificateError" in told
