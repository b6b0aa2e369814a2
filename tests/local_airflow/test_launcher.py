"""Real Airflow, started and stopped: the launcher's own promise."""

import socket

import psutil
import pytest

from include.local_airflow.launcher import LocalAirflow
from include.local_airflow.problems import CannotStart
from tests.local_airflow.living import runs

TINY = """
from datetime import timedelta

from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import DAG, task
from airflow.utils.timezone import utcnow

with DAG("tiny", schedule=None):

    @task
    def address():
        from include.local_airflow.ports import LOOPBACK

        return LOOPBACK

    soon = DateTimeSensorAsync(task_id="wait", target_time=utcnow() + timedelta(seconds=1))
    address() >> soon
"""


@pytest.fixture
def dags(tmp_path):
    folder = tmp_path / "dags"
    folder.mkdir()
    return folder


@pytest.mark.airflow
def test_real_airflow_runs_a_deferring_dag_on_loopback_and_leaves_no_process_behind(tmp_path, dags):
    (dags / "tiny.py").write_text(TINY)
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    airflow = LocalAirflow(tmp_path / "home", dags, plugins=plugins)

    with airflow:
        airflow.await_dag("tiny")
        run = airflow.await_run("tiny", airflow.trigger("tiny"), 90)
        guards = [psutil.Process(record.pid) for record in airflow.records]
        family = [each for guard in guards for each in guard.children(recursive=True)]
        listening = [
            connection.laddr.ip
            for process in family
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        path = f"/api/v2/dags/tiny/dagRuns/{run['dag_run_id']}/taskInstances/address"
        address = airflow.api("GET", f"{path}/xcomEntries/return_value")["value"]

    assert run["state"] == "success"
    assert address == "127.0.0.1"
    assert set(listening) == {"127.0.0.1"}
    assert not [each for each in [*guards, *family] if runs(each)]
    assert airflow.places.passwords.stat().st_mode & 0o077 == 0


def test_a_taken_port_is_reported_before_anything_is_started(tmp_path, dags):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        airflow = LocalAirflow(tmp_path / "home", dags, port=other.getsockname()[1])

        with pytest.raises(CannotStart, match="is taken by another program"):
            airflow.start()

    assert airflow.records == []
    assert not (tmp_path / "home").exists()
