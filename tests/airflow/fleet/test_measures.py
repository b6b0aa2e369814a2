"""What a fleet measures, as a StatsD server on loopback receives it."""

import socket
from collections.abc import Iterator

import pytest
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
from eks_upgrade_airflow.fleet.measures import emit

from include.eks_upgrade.fleet.metrics import Metric, Sample, minutes_sample

TAGS = {"ring": "early", "account": "payments", "region": "eu-west-1"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A StatsD server, to which Airflow's configuration leads as it does in a task's process."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        for name, value in {
            "STATSD_ON": "True",
            "STATSD_HOST": "127.0.0.1",
            "STATSD_PORT": str(listening.getsockname()[1]),
            "STATSD_INFLUXDB_ENABLED": "True",
        }.items():
            monkeypatch.setenv(f"AIRFLOW__METRICS__{name}", value)
        made = stats_utils.get_stats_factory()()
        stats.initialize(factory=lambda: made, export_legacy_names=False)
        yield listening
        made.statsd.close()
        stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


def received(server: socket.socket) -> str:
    return server.recv(4096).decode()


def test_a_counter_arrives_with_its_tags(server: socket.socket) -> None:
    emit([Sample(metric=Metric.UPGRADED, value=3, tags=TAGS)])
    assert received(server) == (
        "airflow.eks_fleet.clusters.upgraded,ring=early,account=payments,region=eu-west-1:3|c"
    )


def test_a_gauge_arrives_with_its_tags(server: socket.socket) -> None:
    emit([minutes_sample("early", "payments/eu-west-1/shop", 41.26)])
    assert received(server) == (
        "airflow.eks_fleet.cluster.minutes,ring=early,account=payments,region=eu-west-1,"
        "cluster=shop:41.3|g"
    )


def test_a_name_that_StatsD_could_not_read_is_made_readable(server: socket.socket) -> None:
    emit([Sample(metric=Metric.FAILED, tags={"account": "our team, west=1", "region": ""})])
    assert received(server) == "airflow.eks_fleet.clusters.failed,account=our_team__west_1:1|c"


@pytest.mark.parametrize("metric", list(Metric))
def test_every_name_passes_airflows_own_check(server: socket.socket, metric: Metric) -> None:
    emit([Sample(metric=metric)])
    assert received(server).startswith(f"airflow.{metric}:1|")


def test_without_metrics_nothing_happens() -> None:
    emit([Sample(metric=Metric.UPGRADED, tags=TAGS)])
