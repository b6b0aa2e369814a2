"""What people have tagged a cluster with since the plan holds at its start, on a rehearsed one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.operators.upgrade import EksFleetUpgradeOperator

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.plan import Action, ClusterPlan
from tests.airflow.drain.drain_lab import CLUSTER, EASY, VERSION, DrainLab, drain_lab
from tests.airflow.fleet.fleet_lab import Ended, FleetRun
from tests.airflow.fleet.health_lab import FILE, TITLE, UPGRADE

TAGGED = {"clusters": {"tags": {"audit": "*"}}}
RULES = {
    "windows": [{"name": "always", "start": "0 0 * * *", "duration_minutes": 10080}],
    "clusters": {"exclude": [{"tags": {"upgrades": "by-hand"}}]},
    "freezes": [{"first": "2026-01-01", "last": "9999-12-31", "reason": "auditors", **TAGGED}],
}


@pytest.fixture(scope="module")
def lab() -> Iterator[DrainLab]:
    with drain_lab(EASY) as made:
        yield made


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(json.dumps({**FILE, **RULES}))
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))


def begin(lab: DrainLab, **tags: str) -> tuple[FleetRun, Ended]:
    """The upgrade of a cluster that was found without tags and has these now."""
    eks = lab.address.clients().eks
    arn = eks.describe_cluster(name=CLUSTER)["cluster"]["arn"]
    cluster = FleetCluster(
        arn=arn,
        name=CLUSTER,
        account="111111111111",
        account_name="payments",
        region=str(lab.address.region),
        version="1.32",
        tags=dict(eks.describe_cluster(name=CLUSTER)["cluster"].get("tags") or {}),
    )
    plan = ClusterPlan(
        arn=arn, title=TITLE, ring="main", action=Action.RUN, why="", from_version="1.32",
        to_version=VERSION, hops=(VERSION,), wanted=VERSION, final_version=VERSION,
    )  # fmt: skip
    item = RingItem(cluster=cluster, plan=plan, place=0, at_once=1, size=1)
    run = FleetRun()
    eks.tag_resource(resourceArn=arn, tags=tags)
    try:
        task = EksFleetUpgradeOperator(task_id=UPGRADE, ring="main", **item.as_arguments())
        return run, run.execute(task, 0)
    finally:
        eks.untag_resource(resourceArn=arn, tagKeys=list(tags))


NOW: list[Any] = [
    pytest.param({"upgrades": "by-hand"}, "not tried", "does not mean it any more", id="excluded"),
    pytest.param({"audit": "2026"}, "left", "frozen without an end: auditors", id="frozen"),
]


@pytest.mark.parametrize(("tags", "outcome", "why"), NOW)
def test_a_cluster_that_was_tagged_meanwhile_is_not_touched(
    lab: DrainLab, tags: dict[str, str], outcome: str, why: str
) -> None:
    run, ended = begin(lab, **tags)
    assert (ended.state, run.airflow.started) == ("skipped", [])
    result = run.pulled(UPGRADE, RESULT_KEY, 0)
    assert result["outcome"] == outcome
    assert why in result["why"]


def test_a_tag_that_chooses_nothing_changes_nothing(lab: DrainLab) -> None:
    run, ended = begin(lab, owner="Ada")
    assert (ended.state, len(run.airflow.started)) == ("deferred", 1)
