"""A drain over a Kubernetes connection that Airflow itself keeps: read in worker and triggerer."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress

from include.local_airflow.launcher import LocalAirflow
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.secret_search import secrets_below
from tests.airflow.worker import environment

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(240)]

DAG, CLUSTER = "drain_elsewhere", "anywhere"
SLOW = App("shop", "slow", 10, {"maxUnavailable": 1}, start=20, ready=20, stop=20)


def connection(rehearsal: Rehearsal, token_file: Path) -> dict[str, Any]:
    """As Airflow's UI would store it."""
    ca = base64.b64encode(rehearsal.world.kube_ca.encode()).decode()
    server = rehearsal.world.kube_url(CLUSTER)
    cluster = {"server": server, "certificate-authority-data": ca}
    held = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"tokenFile": str(token_file)}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    extra = json.dumps({"kube_config": json.dumps(held)})
    return {"connection_id": "elsewhere", "conn_type": "kubernetes", "extra": extra}


def evictions(rehearsal: Rehearsal) -> list[str]:
    found = rehearsal.world.journal.entries(cluster=CLUSTER, operation="create pods/eviction")
    return [entry.target for entry in found if entry.done]


def test_the_triggerer_reads_the_connection_itself_and_again_for_a_new_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Rehearsal(30.0) as rehearsal:
        options = PlainOptions(
            groups=("left", "right"), addons={}, manifests=tuple(deployment(SLOW))
        )
        plain(rehearsal.world, CLUSTER, "1.33", 2, options)
        for name, value in environment(rehearsal).items():
            monkeypatch.setenv(name, value)
        token_file = tmp_path / "token"
        token = ClusterAddress(CLUSTER, None).read_access().token()
        token_file.write_text(token)
        for name in environment(rehearsal):
            monkeypatch.delenv(name)
        journal = rehearsal.world.journal
        begun = journal.last
        with LocalAirflow(tmp_path / "airflow", Path(__file__).parent / "dags") as airflow:
            airflow.api("POST", "/api/v2/connections", connection(rehearsal, token_file))
            airflow.await_dag(DAG)
            run_id = airflow.trigger(DAG)
            end = time.monotonic() + 60
            while not evictions(rehearsal) and time.monotonic() < end:
                time.sleep(0.1)
            assert rehearsal.kube_server is not None
            rehearsal.kube_server.refuse_tokens(1)  # as when it ran out

            assert airflow.await_run(DAG, run_id, 120)["state"] == "success"

        assert rehearsal.kube_server.access.tokens_refused == 0
        assert len(set(evictions(rehearsal))) == len(evictions(rehearsal)) > 1
        assert journal.entries(side="aws", since=begun) == []
        known = {"the token": [token]}
        assert secrets_below(tmp_path / "airflow", known) == []
