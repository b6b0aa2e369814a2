"""The look at an upgraded cluster, by its trigger, against a rehearsed one."""

import asyncio
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_health import unwell_before
from eks_upgrade_airflow.fleet.looking import health_trigger, known_of
from eks_upgrade_airflow.fleet.triggers.health import PROBLEMS
from eks_upgrade_airflow.run.events import DONE

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Health, Probe
from include.eks_upgrade.fleet.health.known import Known
from tests.airflow.drain.drain_lab import CLUSTER, EASY, VERSION, DrainLab, drain_lab

SHOP = FleetCluster(
    arn="arn:aws:eks:us-east-1:111111111111:cluster/plain",
    name=CLUSTER,
    account="111111111111",
    account_name="payments",
    region="us-east-1",
    version=VERSION,
)


NO_PROBES = Health()


@pytest.fixture(scope="module")
def lab() -> Iterator[DrainLab]:
    with drain_lab(EASY) as made:
        yield made


def look(lab: DrainLab, known: Known, health: Health = NO_PROBES, worse: float = 0.0) -> Any:
    trigger = health_trigger(
        lab.address, SHOP, known, health, worse_minutes=worse, poll_seconds=0.05
    )
    return asyncio.run(trigger.ended())


def known(version: str = VERSION, **more: Any) -> Known:
    return Known(version=version, began=time.time(), **more)


def test_a_cluster_on_which_all_is_as_it_should_be_is_healthy(lab: DrainLab) -> None:
    seen = look(lab, known(groups={"left": VERSION, "right": VERSION}))
    assert (seen["state"], seen["data"][PROBLEMS]) == (DONE, [])
    assert seen["detail"] == f"payments/us-east-1/{CLUSTER} is healthy"


def test_every_problem_is_told_by_its_name(lab: DrainLab) -> None:
    health = Health(probes=(Probe(url="http://127.0.0.1:1/{cluster}"),))
    seen = look(lab, known("1.34", groups={"left": "1.34", "gone": "1.34"}), health)
    told = seen["data"][PROBLEMS]
    assert "the control plane is at 1.33, not at 1.34" in told
    assert "node group 'gone' is gone" in told
    assert "node group 'left' is at 1.33, not at 1.34" in told
    assert any("of left runs kubelet v1.33" in line for line in told)
    assert any(line.startswith(f"http://127.0.0.1:1/{CLUSTER} gives no answer") for line in told)


def test_a_problem_that_passes_does_not_count(lab: DrainLab) -> None:
    store = lab.rehearsal.world.clusters[CLUSTER].store
    name = lab.pods("left")[0]
    with lab.rehearsal.clock.lock:
        store.remove("pods", "shop", name)
    seen = look(lab, known(), worse=0.1)
    assert seen["data"][PROBLEMS] == []


def test_what_is_not_well_before_is_kept_by_its_ready_pods(lab: DrainLab) -> None:
    assert unwell_before(lab.address) == {}


def test_a_cluster_that_does_not_answer_keeps_no_upgrade_from_its_start(lab: DrainLab) -> None:
    nowhere = type(lab.address)("nothing", "aws_default", lab.address.region)
    assert unwell_before(nowhere) == {}


def pulled(left: dict[tuple[str, str], Any]) -> Any:
    def pull(*, dag_id: str, run_id: str, task_ids: str, key: str) -> Any:
        assert (dag_id, task_ids) == ("eks_upgrade", "plan")
        return left[run_id, key]

    return {"ti": SimpleNamespace(xcom_pull=pull)}


def test_the_first_run_knows_what_was_broken_and_the_last_what_the_groups_are_called() -> None:
    row = {"name": "blue", "replacement": "blue-135", "to_version": "1.35"}
    left = {
        ("one", "before"): {"addons": {"coredns": "DEGRADED"}, "node_groups": {}},
        ("two", "replaced"): [row],
    }
    found = known_of(pulled(left), "1.35", ["one", "two"], 5.0, {"Deployment shop/web": 1})
    assert found.before.addons == {"coredns": "DEGRADED"}
    assert found.groups == {"blue-135": "1.35"}
    assert found.unwell == {"Deployment shop/web": 1}


def test_runs_that_tell_nothing_make_the_look_stricter_and_do_not_end_it() -> None:
    found = known_of(pulled({}), "1.35", ["one"], 5.0)
    assert (found.before.addons, found.groups) == ({}, {})
