"""The task that looks at an upgraded cluster, and the fleet's run in which it stands."""

import time
from typing import Any

from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.looking import BEGAN_KEY, RUNS_KEY, UNWELL_KEY
from eks_upgrade_airflow.fleet.operators.health import EksFleetHealthOperator

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome
from include.eks_upgrade.fleet.plan import Action, ClusterPlan
from include.eks_upgrade.fleet.running.results import result_json
from tests.airflow.drain.drain_lab import CLUSTER, VERSION, DrainLab
from tests.airflow.fleet.fleet_lab import FleetRun

UPGRADE, HEALTH = "ring_main.upgrade", "ring_main.health"
TITLE = f"payments/eu-west-1/{CLUSTER}"
FILE = {
    "accounts": [{"name": "payments", "regions": ["eu-west-1"]}],
    "target": {"version": VERSION},
    "rings": [{"name": "main"}],
}


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
