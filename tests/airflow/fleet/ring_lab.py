"""A ring's tasks in few words: the plan before them, how the upgrades end, and the run's end."""

import json
from typing import Any

from eks_upgrade_airflow.fleet.base import PLAN_TASK, RESULT_KEY, WINDOW_TASK
from eks_upgrade_airflow.fleet.operators.ending import EksFleetVerdictOperator
from eks_upgrade_airflow.fleet.operators.judge import EksFleetJudgeOperator
from eks_upgrade_airflow.fleet.operators.ring import EksFleetRingOperator

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, FleetPlan, RingPlan
from include.eks_upgrade.fleet.running.results import result_json
from tests.airflow.fleet.fleet_lab import RUN_AFTER, FleetRun

FILE = """\
accounts: [{name: payments, regions: [eu-west-1]}]
target: {version: "1.34"}
rings: [{name: canary, clusters: {names: [a]}, bake_minutes: 0}, {name: main, bake_minutes: 0}]
windows: [{name: always, start: "0 0 * * *", duration_minutes: 10080, zone: UTC}]
"""
RINGS = ("canary", "main")


class Task:
    """The part of a task of the DAG that leaving others out needs."""

    is_teardown = False

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id


TASKS = ("list_clusters", "approve", "upgrade", "bake", "health", "judge")
TASK_IDS = [f"ring_{ring}.{name}" for ring in RINGS for name in TASKS]


def arn(name: str) -> str:
    return f"arn:aws:eks:eu-west-1:111122223333:cluster/{name}"


def planned(name: str, ring: str, action: Action = Action.RUN) -> ClusterPlan:
    return ClusterPlan(
        arn=arn(name),
        title=f"payments/eu-west-1/{name}",
        ring=ring,
        action=action,
        why="because",
        from_version="1.33",
        hops=("1.34",) if action is Action.RUN else (),
        wanted="1.34",
    )


def plan(run: FleetRun, canary: list[ClusterPlan], main: list[ClusterPlan]) -> None:
    """What `plan_window` leaves."""
    made = FleetPlan(
        made_at=RUN_AFTER,
        closes=None,
        rings=(
            RingPlan(name="canary", at_once=1, clusters=tuple(canary)),
            RingPlan(name="main", at_once=2, clusters=tuple(main)),
        ),
    )
    found = [
        FleetCluster(
            arn=each.arn,
            name=each.title.rpartition("/")[2],
            account="111122223333",
            account_name="payments",
            region="eu-west-1",
            version="1.33",
        ).as_json()
        for each in made.clusters
    ]
    left = {"plan": made.as_json(), "clusters": found, "left_by_persons": [], "return_value": {}}
    left["return_value"] = {"text": "planned"}
    for key, value in left.items():
        run.xcoms[PLAN_TASK, key] = {-1: json.loads(json.dumps(value))}
    run.xcoms[WINDOW_TASK, "return_value"] = {-1: {"data": {"closed": ""}}}


def made(kind: type[Any], task_id: str, **arguments: Any) -> Any:
    task = kind(task_id=task_id, **arguments)
    # The tasks behind it are the DAG's matter; here it is enough that there are some.
    task.get_flat_relatives = lambda **_: [Task("later")]
    return task


def begin(run: FleetRun, ring: str, **more: Any) -> Any:
    before = list(RINGS[: RINGS.index(ring)])
    task_id = f"ring_{ring}.list_clusters"
    task = made(EksFleetRingOperator, task_id, ring=ring, rings_before=before, **more)
    return run.execute(task)


def upgraded(run: FleetRun, ring: str, *ends: Outcome | None) -> None:
    """What the upgrade tasks of the ring leave, and then the looks at the health."""
    listed = run.pulled(f"ring_{ring}.list_clusters", "return_value")
    for place, (one, end) in enumerate(zip(listed, ends, strict=True)):
        states = {Outcome.FAILED: "failed", Outcome.LEFT: "skipped", None: "failed"}
        run.airflow.states[f"ring_{ring}.upgrade_{place}"] = states.get(end, "success")
        if end is None:
            continue
        cluster = one["item"]["cluster"]["arn"]
        result = ClusterResult(arn=cluster, title=one["title"], outcome=end, why="as seen")
        well = end in {Outcome.HEALTHY, Outcome.UNHEALTHY}
        first = Outcome.HEALTHY if well else end
        kept = {**result_json(result), "outcome": first.value, "ended": 5.0}
        run.xcoms.setdefault((f"ring_{ring}.upgrade", RESULT_KEY), {})[place] = kept
        if well:
            looked = run.xcoms.setdefault((f"ring_{ring}.health", RESULT_KEY), {})
            looked[place] = result_json(result)


def judge(run: FleetRun, ring: str) -> Any:
    return run.execute(made(EksFleetJudgeOperator, f"ring_{ring}.judge", ring=ring))


def verdict(run: FleetRun) -> Any:
    return run.execute(made(EksFleetVerdictOperator, "verdict", rings=RINGS))
