"""The small steps without a cluster: the plan's lists, the verdict."""

import contextlib
import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.plan import EksPlanStepsOperator, EksPlanUpgradeOperator
from eks_upgrade_airflow.operators.report import (
    EksUpgradeReportOperator,
    EksUpgradeVerdictOperator,
)
from eks_upgrade_airflow.run.record import may_have_worked
from eks_upgrade_airflow.sensors.verification import EksClusterVerifiedSensor

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan
from tests.airflow.worker import Dag as WorkersDag
from tests.airflow.worker import DagRun, TaskInstance, as_worker

Told = dict[str, Any]
SEEN = {"text": "all is as planned", "ended": "2026-11-26T03:00:00+00:00", "data": {}}
GOALS = ["verify_cluster"]
TASKS: dict[str, Any] = {
    "plan": EksPlanUpgradeOperator(task_id="plan", cluster_name="demo"),
    "lock": EksLockClusterOperator(task_id="lock", cluster_name="demo"),
    "node_group.drain_old": EksDrainNodesOperator(
        task_id="node_group.drain_old", cluster_name="demo", nodegroup_name="workers"
    ),
    "verify_cluster": EksClusterVerifiedSensor(
        task_id="verify_cluster",
        cluster_name="demo",
        to_version="1.26",
        addon_versions={},
        replaced=[],
    ),
    "report": EksUpgradeReportOperator(task_id="report", cluster_name="demo"),
}


class Dag(WorkersDag):
    """The DAG with its real tasks in order."""

    @property
    def task_ids(self) -> list[str]:
        return list(TASKS)

    def topological_sort(self) -> list[Any]:
        return list(TASKS.values())


class Ended:
    """A task instance that knows how the others of its run ended, and what they left.

    `left` is by task id: the state, then XComs by key; `seconds` is how long it ran.
    """

    dag_id = "eks_upgrade"
    run_id = "manual__1"

    def __init__(self, left: dict[str, tuple[str, Told]]) -> None:
        self.left = left
        self.pushed: Told = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def get_task_breadcrumbs(self, **_: str) -> list[Told]:
        return [
            {
                "task_id": task_id,
                "map_index": 0 if "." in task_id else -1,
                "state": state,
                "duration": xcoms.get("seconds", 0.0),
            }
            for task_id, (state, xcoms) in self.left.items()
        ]

    def xcom_pull(self, task_ids: str, key: str = "return_value", **_: Any) -> Any:
        return self.left.get(task_ids, ("", {}))[1].get(key)


def context_of(**left: tuple[str, Told]) -> Any:
    """What the verdict sees of a run, a good one but for what is given."""
    good = {"return_value": SEEN, "seconds": 3.0}
    run: dict[str, tuple[str, Told]] = {
        "plan": ("success", {"return_value": PLAN.as_json(), "seconds": 3.0}),
        "lock": ("success", good),
        "node_group.drain_old": ("success", good),
        "verify_cluster": ("success", good),
        "report": ("success", {"return_value": SEEN | {"data": {"html": "/r/1.html"}}}),
    }
    run |= {name.replace("drain_old", "node_group.drain_old"): told for name, told in left.items()}
    return {"ti": Ended(run), "dag": Dag([]), "dag_run": DagRun(), "params": {}}


def verdict(context: Any) -> str:
    task = EksUpgradeVerdictOperator(task_id="verdict", goals=GOALS)
    with as_worker(task):
        told: str = task.execute(context)
    return told


def test_a_run_whose_cluster_was_seen_as_planned_is_good_also_with_skipped_rungs() -> None:
    assert verdict(context_of(lock=("skipped", {"seconds": 1.0}))) == "all is as planned"


def proof(**left: tuple[str, Told]) -> Any:
    """What the verdict leaves for programs."""
    context = context_of(**left)
    with contextlib.suppress(AirflowFailException):
        verdict(context)
    return context["ti"].pushed["proof"]


def test_a_good_run_leaves_its_proof_for_programs() -> None:
    told = proof()
    assert told["good"] is True
    assert told["message"] == "all is as planned"


def test_a_run_that_never_got_the_lock_has_touched_nothing() -> None:
    held = {"failure": "Another run holds it:\n  1. the cluster is locked", "seconds": 1.0}
    told = proof(lock=("failed", held), **LATE)
    assert (told["good"], told["touched"], told["stage"]) == (False, False, "lock")
    assert told["reason"] == "Another run holds it: 1. the cluster is locked"


def test_a_run_that_was_stopped_in_its_drain_may_have_touched_the_cluster() -> None:
    told = proof(drain_old=("failed", FAILED), verify_cluster=("upstream_failed", {}))
    assert (told["good"], told["touched"], told["stage"]) == (False, True, "drain")
    assert told["reason"] == "no budget"


FAILED = {"failure": "no budget", "seconds": 3.0}
LATE = {"drain_old": ("upstream_failed", {}), "verify_cluster": ("upstream_failed", {})}
BY_HAND = {"by_hand": "failed"}
REFUSED: list[Any] = [
    pytest.param(
        {"drain_old": ("failed", FAILED), "verify_cluster": ("upstream_failed", {})},
        r"the run stopped at node_group.drain_old \[demo/a\]: no budget; put right",
        id="a task failed",
    ),
    pytest.param(
        {"plan": ("failed", FAILED), "lock": ("upstream_failed", {}), **LATE},
        r"the run stopped at plan \[unknown cluster\]: no budget; put right",
        id="the plan was refused",
    ),
    pytest.param(
        {"drain_old": ("failed", BY_HAND), "verify_cluster": ("skipped", {})},
        r"a person ended the run at node_group.drain_old \[demo/a\]: a person ended it",
        id="ended while a task was at work",
    ),
    pytest.param(
        {"drain_old": ("skipped", {}), "verify_cluster": ("skipped", {})},
        r"a person ended the run at node_group.drain_old \[demo/a\]; start a new run",
        id="ended between two tasks",
    ),
    pytest.param(
        {
            "lock": ("skipped", {"failure": "503", "seconds": 1.0}),
            **{name: ("skipped", {}) for name in LATE},
        },
        r"a person ended the run at lock \[demo\]: 503; start a new run",
        id="ended while a task waited for its next try",
    ),
    pytest.param(
        {name: ("skipped", {}) for name in ("plan", "lock", *LATE)},
        r"a person ended the run at plan",
        id="ended before anything began",
    ),
    pytest.param(
        {"drain_old": ("success", {}), "verify_cluster": ("skipped", {})},
        r"a person ended the run at node_group.drain_old",
        id="called a success while a task was at work",
    ),
    pytest.param(
        {"verify_cluster": ("success", {})},
        r"a person marked verify_cluster \[demo\] as success, and so nobody has seen",
        id="the check of the cluster was called a success",
    ),
    pytest.param(
        {"verify_cluster": ("success", {"return_value": SEEN, "by_hand": "success"})},
        r"a person marked verify_cluster \[demo\] as success, and so nobody has seen",
        id="and so it was after an earlier check",
    ),
    pytest.param(
        {"report": ("failed", {"failure": "503"})},
        r"all is done \(all is as planned\), but the report failed",
        id="no report was written",
    ),
]


@pytest.mark.parametrize(("left", "words"), REFUSED)
def test_a_run_that_was_not_seen_to_be_done_is_red_and_says_why(
    left: dict[str, tuple[str, Told]], words: str
) -> None:
    with pytest.raises(AirflowFailException, match=words):
        verdict(context_of(**left))


def test_what_a_person_called_a_success_on_the_way_counts_for_nothing() -> None:
    assert verdict(context_of(drain_old=("success", {}))) == "all is as planned"


def test_an_old_note_on_a_task_that_ran_again_says_nothing() -> None:
    seen = {"return_value": SEEN, "by_hand": "failed", "seconds": 3.0}
    assert verdict(context_of(verify_cluster=("success", seen))) == "all is as planned"


def test_the_log_of_the_verdict_has_the_address_of_the_report(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://airflow.example:8080/below")
    with caplog.at_level("INFO"):
        verdict(context_of())
    page = "http://airflow.example:8080/below/eks-upgrade/reports/eks_upgrade/manual__1"
    assert page in caplog.text + capsys.readouterr().out


LOCKS = [
    pytest.param("success", {"return_value": SEEN}, True, id="taken"),
    pytest.param("success", {}, True, id="called a success"),
    pytest.param("skipped", {"failure": "503"}, True, id="ended between two tries"),
    pytest.param("failed", BY_HAND, True, id="ended half-way"),
    pytest.param("failed", {"failure": "held"}, False, id="failed by itself"),
    pytest.param("upstream_failed", {}, False, id="never begun"),
]


@pytest.mark.parametrize(("state", "xcoms", "may"), LOCKS)
def test_a_lock_that_may_have_been_taken_is_given_back(
    state: str, xcoms: Told, *, may: bool
) -> None:
    assert may_have_worked(context_of(lock=(state, xcoms)), "lock") is may


PLAN = Plan(
    cluster="demo",
    region="eu-west-1",
    from_version="1.25",
    to_version="1.26",
    control_plane_needed=True,
    addons_before=(
        AddonStep(name="coredns", current="v1", versions=("v2", "v3"), resolve_conflicts="NONE"),
    ),
    node_groups=(
        NodeGroupStep(name="a", replacement="a-2", from_version="1.25", to_version="1.26"),
        NodeGroupStep(
            name="b",
            replacement="b-2",
            from_version="",
            to_version="1.26",
            image=Image("ami-1", "node", "arm64", "al2023", "1.26", "SSM"),
        ),
    ),
)
ADDON = {"addon_name": "coredns", "addon_versions": ["v2", "v3"], "resolve_conflicts": "NONE"}
PARTS = [
    pytest.param("addons_before", [ADDON], id="add-ons"),
    pytest.param("addons_after", [], id="an empty part"),
    pytest.param(
        "node_groups",
        [
            {
                "nodegroup_name": name,
                "replacement_name": f"{name}-2",
                "to_version": "1.26",
                "planned_image_id": image,
                "before": {"addons": {}, "node_groups": {}},
            }
            for name, image in (("a", ""), ("b", "ami-1"))
        ],
        id="node groups, with the image that was shown",
    ),
]


def steps(plan: Any, part: Any) -> list[dict[str, Any]]:
    task = EksPlanStepsOperator(task_id="steps", plan=plan, part=part)
    ti = TaskInstance("manual__1", {}, {})
    with as_worker(task):
        return task.execute({"ti": ti, "dag": WorkersDag([]), "params": {}, "task": task})  # type: ignore[typeddict-item] # as above


@pytest.mark.parametrize(("part", "arguments"), PARTS)
def test_a_part_of_the_plan_becomes_the_arguments_of_operators(
    part: str, arguments: list[dict[str, Any]]
) -> None:
    assert steps(json.loads(json.dumps(PLAN.as_json())), part) == arguments


BAD_PLANS = [
    pytest.param({"schema": 1}, "this release reads", id="of another release"),
    pytest.param(None, "NoneType", id="no plan"),
    pytest.param({**PLAN.as_json(), "to_version": "soon"}, "not whole", id="no version"),
    pytest.param({**PLAN.as_json(), "node_groups": [{}]}, "not whole", id="half a step"),
    pytest.param(
        {**PLAN.as_json(), "node_groups": [{**PLAN.node_groups[0].as_json(), "kind": "moon"}]},
        "'moon' are not known",
        id="another kind of nodes",
    ),
]


@pytest.mark.parametrize(("plan", "why"), BAD_PLANS)
def test_a_plan_that_cannot_be_read_is_refused_with_what_to_do(plan: Any, why: str) -> None:
    with pytest.raises(AirflowFailException, match="repeat the plan") as raised:
        steps(plan, "node_groups")
    assert why in str(raised.value)
