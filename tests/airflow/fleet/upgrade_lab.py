"""The upgrade of one cluster of a ring in few words: its item, its task, and how its runs end."""

from typing import Any

from airflow.sdk.execution_time import comms
from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.operators.upgrade import EksFleetUpgradeOperator

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, Expectation
from tests.airflow.fleet.fleet_lab import Airflow, FleetRun

UPGRADE = "ring_main.upgrade"
FIRST = "upgrade__111122223333-eu-west-1__shop-0__1.32-to-1.33__20261128T020000Z"
SECOND = "upgrade__111122223333-eu-west-1__shop-0__1.33-to-1.34__20261128T020000Z"
GOOD = {"good": True, "message": "the cluster is as planned"}
LOCKED = {"good": False, "message": "m", "stage": "lock", "touched": False, "reason": "held"}
BROKEN = {"good": False, "message": "m", "stage": "drain", "touched": True, "reason": "pods stay"}

FILE = """\
accounts: [{name: payments, regions: [eu-west-1]}]
target: {version: "1.34"}
rings: [{name: main, threshold: {unhealthy: 10%}}]
windows: [{name: always, start: "0 0 * * *", duration_minutes: 10080, zone: UTC}]
"""


def item(place: int = 0, hops: tuple[str, ...] = ("1.33",), size: int = 3) -> RingItem:
    name = f"shop-{place}"
    arn = f"arn:aws:eks:eu-west-1:111122223333:cluster/{name}"
    cluster = FleetCluster(
        arn=arn,
        name=name,
        account="111122223333",
        account_name="payments",
        region="eu-west-1",
        version="1.32",
        tags={"owner": "{{ conf.fernet_key }}"},
    )
    plan = ClusterPlan(
        arn=arn,
        title=cluster.title,
        ring="main",
        action=Action.RUN,
        why="",
        from_version="1.32",
        to_version=hops[-1] if hops else "1.32",
        hops=hops,
        wanted="1.34",
        final_version="1.34" if hops else "",
        expected=Expectation(minutes=60, source="as tried"),
        parameters={"max_groups_at_once": 3},
    )
    return RingItem(cluster=cluster, plan=plan, place=place, at_once=1, size=size)


def task(place: int = 0, hops: tuple[str, ...] = ("1.33",), **more: Any) -> EksFleetUpgradeOperator:
    arguments: dict[str, Any] = {**item(place, hops).as_arguments(), "aws_conn_id": "not_there"}
    return EksFleetUpgradeOperator(
        task_id=UPGRADE, ring="main", poll_seconds=0.0, **{**arguments, **more}
    )


def ends(airflow: Airflow, **proofs: Any) -> None:
    """From now on each run that is started ends at once, with its proof."""

    def end(msg: Any) -> None:
        if isinstance(msg, comms.TriggerDagRun):
            airflow.runs[msg.run_id] = "failed"  # the colour counts for nothing
            version = msg.run_id.split("__")[-2].split("-to-")[1].replace(".", "_")
            airflow.proofs[msg.run_id] = proofs.get(f"v{version}", GOOD)

    airflow.after = end


def outcome(run: FleetRun, place: int = 0) -> str:
    return str(run.pulled(UPGRADE, RESULT_KEY, place)["outcome"])
