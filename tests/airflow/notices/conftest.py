"""A run that may tell people, and receivers that are there."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.airflow.drain.drain_lab import EASY, SOLO, DrainLab, drain_lab
from tests.airflow.notices.receivers import Hooks, Mailbox, mail_server, web_server

SMTP = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"
HTTP = "airflow.providers.http.notifications.HttpNotifier"
APPRISE = "airflow.providers.apprise.notifications.apprise.AppriseNotifier"

MAIL = {"notifier": SMTP, "arguments": {"to": "ops@example.com"}}
ADDRESS = "https://airflow.example.com/base"
PLAN = {"from_version": "1.25", "to_version": "1.26"}

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Puts a list of notifiers into Airflow's configuration."""

    def put(*entries: dict[str, Any]) -> None:
        monkeypatch.setenv("AIRFLOW__EKS_UPGRADE__NOTIFIERS", json.dumps(entries))

    return put


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server, to which the connection smtp_default leads."""
    with mail_server() as (box, connection):
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection)
        yield box


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    """A web server, to which the connections http_default and apprise_default lead."""
    with web_server() as server:
        at = {"conn_type": "http", "host": "127.0.0.1", "port": server.port, "schema": "http"}
        monkeypatch.setenv("AIRFLOW_CONN_HTTP_DEFAULT", json.dumps(at))
        path = {"path": f"json://127.0.0.1:{server.port}/hooks/secret-path", "tag": "ops"}
        apprise = {"conn_type": "apprise", "extra": json.dumps({"config": path})}
        monkeypatch.setenv("AIRFLOW_CONN_APPRISE_DEFAULT", json.dumps(apprise))
        yield server


@pytest.fixture(autouse=True)
def airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", ADDRESS)


@pytest.fixture(scope="module")
def cluster() -> Iterator[DrainLab]:
    with drain_lab(SOLO, EASY) as made:
        yield made


@pytest.fixture
def lab(cluster: DrainLab) -> DrainLab:
    cluster.begin()
    return cluster
