"""The task that looks at an upgraded cluster, against a rehearsed one."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eks_upgrade_airflow.fleet.assets import CLUSTER_UPGRADED
from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.looking import BEGAN_KEY, RUNS_KEY, UNWELL_KEY
from eks_upgrade_airflow.fleet.operators.health import EksFleetHealthOperator
from eks_upgrade_airflow.run.events import LATE

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome
from include.eks_upgrade.fleet.plan import Action, ClusterPlan
from include.eks_upgrade.fleet.running.results import result_json
from tests.airflow.drain.drain_lab import CLUSTER, EASY, VERSION, DrainLab, drain_lab
from tests.airflow.fleet.fleet_lab import FleetRun

UPGRADE, HEALTH = "ring_main.upgrade", "ring_main.health"
TITLE = f"payments/eu-west-1/{CLUSTER}"
FILE = {
    "accounts": [{"name": "payments", "regions": ["eu-west-1"]}],
    "target": {"version": VERSION},
    "rings": [{"name": "main"}],
}


@pytest.fixture(scope="module")
def lab() -> Iterator[DrainLab]:
    with drain_lab(EASY) as made:
        yield made


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(json.dumps(FILE))
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return path


def run_after(outcome: Outcome = Outcome.HEALTHY, version: str = VERSION) -> FleetRun:
    """A run in which the cluster's upgrade has left this."""
    result = ClusterResult(
        arn="a", title=TITLE, outcome=outcome, why="as planned", version=version, url="https://run"
    )
    beside = {RUNS_KEY: ["one"], BEGAN_KEY: time.time(), UNWELL_KEY: {}}
    return FleetRun(xcoms={(UPGRADE, RESULT_KEY): {0: {**result_json(result), **beside}}})


def task(lab: DrainLab) -> EksFleetHealthOperator:
    cluster = FleetCluster(
        arn="a",
        name=CLUSTER,
        account="111111111111",
        account_name="payments",
        region=str(lab.address.region),
        version=VERSION,
    )
    plan = ClusterPlan(
        arn="a", title=TITLE, ring="main", action=Action.RUN, why="", from_version="1.32"
    )
    item = RingItem(cluster=cluster, plan=plan, place=0, at_once=1, size=1)
    return EksFleetHealthOperator(task_id=HEALTH, ring="main", **item.as_arguments())


def seen(run: FleetRun) -> dict[str, Any]:
    return dict(run.pulled(HEALTH, RESULT_KEY, 0))


def test_a_healthy_cluster_is_seen_at_once_without_a_trigger(lab: DrainLab) -> None:
    run = run_after()
    ended = run.execute(task(lab), 0)
    assert ended.state == "done"
    assert ended.value["text"] == f"{TITLE} is healthy at {VERSION}"
    assert (seen(run)["outcome"], seen(run)["why"]) == ("healthy", "as planned")
    said = run.outlet_events[CLUSTER_UPGRADED].extra
    assert (said["account"], said["region"], said["cluster"]) == (
        "111111111111", str(lab.address.region), CLUSTER,
    )  # fmt: skip
    assert (said["from_version"], said["to_version"], said["run"]) == (
        VERSION,
        VERSION,
        "https://run",
    )


def test_what_is_wrong_is_waited_for_and_then_counts(lab: DrainLab) -> None:
    run = run_after(version="1.34")
    waiting = run.execute(task(lab), 0)
    assert waiting.state == "deferred"
    trigger = waiting.value.trigger
    trigger.worse_minutes, trigger.poll_seconds = 0.0, 0.05
    ended = run.execute(task(lab), 0, run.fired(trigger), waiting.value.method_name)
    assert ended.state == "failed"
    assert "the control plane is at 1.33, not at 1.34" in ended.value
    assert (seen(run)["outcome"], seen(run)["url"]) == ("unhealthy", "https://run")
    assert len(run.outlet_events) == 0


def test_a_cluster_that_gives_no_answer_is_not_healthy(lab: DrainLab) -> None:
    run = run_after()
    event = {"state": LATE, "detail": "nothing was heard", "data": {}}
    assert run.execute(task(lab), 0, event, "resume").state == "failed"
    assert seen(run)["why"] == "its health was not seen: nothing was heard"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LEFT, Outcome.NOT_TRIED])
def test_a_cluster_that_was_not_upgraded_is_not_looked_at(lab: DrainLab, outcome: Outcome) -> None:
    assert run_after(outcome).execute(task(lab), 0).state == "skipped"


def test_an_address_of_the_fleet_file_has_to_answer(lab: DrainLab, fleet_file: Path) -> None:
    probes = [{"url": "http://127.0.0.1:1/{account}", "seconds": 1}]
    fleet_file.write_text(json.dumps({**FILE, "health": {"probes": probes}}))
    waiting = run_after().execute(task(lab), 0)
    assert waiting.state == "deferred"
    assert waiting.value.trigger.addresses[0]["url"] == "http://127.0.0.1:1/payments"
