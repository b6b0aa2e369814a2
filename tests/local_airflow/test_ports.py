import socket

import pytest

from include.local_airflow.ports import free_ports, is_free, port_or_free
from include.local_airflow.problems import CannotStart


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_refused_in_a_sentence(taken):
    with pytest.raises(CannotStart, match=rf"Port {taken} .* for the UI, is taken"):
        port_or_free(taken, "the UI")


def test_a_port_is_chosen_when_none_is_asked_for():
    assert is_free(port_or_free(None, "the UI"))


def test_free_ports_differ():
    assert len(set(free_ports(20))) == 20
