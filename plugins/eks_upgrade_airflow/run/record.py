"""Gathering what a DAG run did, for the report: its tasks, their results, their failures."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.run.addresses import (
    base_url,
    docs_address,
    reports_address,
    run_page,
    whole,
)
from eks_upgrade_airflow.run.by_hand import BY_HAND_KEY
from eks_upgrade_airflow.run.events import APPROVAL_KEY, FAILURE_KEY, WAITS_KEY
from eks_upgrade_airflow.run.stages import RELEASE, how_to_repeat, named
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.text import trimmed

if TYPE_CHECKING:
    from airflow.sdk import Context

PLAN_TASK = "plan"
WORLD_KEY = "world"
"""In a result's data: the cluster in a few words, as `world_of` has it."""

LATELY = timedelta(minutes=5)
"""For so long what a task has seen of the cluster is taken for how it is now."""

ENDED_BY_PERSON = "a person ended it: it was marked as failed in Airflow"


def record_of(
    context: "Context", facts: ClusterFacts | None, now: datetime, goals: Collection[str] = ()
) -> dict[str, Any]:
    """The record that `report/record.py` describes, read through the task's own API.

    Args:
        context: the task's.
        facts: the cluster as it is now, if it could be read.
        now: the run's end.
        goals: the tasks whose results show that the run has reached what it was for. No rule of
            ours skips them: that they were skipped shows that a person ended the run.
    """
    ti, run = context["ti"], context["dag_run"]
    return {
        "plan": ti.xcom_pull(task_ids=PLAN_TASK),
        "run": {
            "dag_id": ti.dag_id,
            "run_id": ti.run_id,
            "url": run_url(context),
            "docs": docs_address(),
            "reports": reports_address(),
            "started": run.start_date.isoformat() if run.start_date else None,
            "ended": now.isoformat(),
        },
        "request": trimmed(dict(context["params"])),
        "tasks": tasks_of(context, goals),
        "world": world_of(facts) if facts else None,
        "repeat": how_to_repeat(),
        "release": RELEASE,
        "goes_back": goes_back(context),
    }


def world_seen_lately(record: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    """What the last task has left that has seen the whole cluster a short while ago, if one has.

    Args:
        record: as `record_of` makes it.
        now: when it is asked.
    """
    seen = [
        (task["ended"], data[WORLD_KEY])
        for task in record["tasks"]
        if (data := (task["result"] or {}).get("data") or {}).get(WORLD_KEY) and task["ended"]
    ]
    at, world = max(seen, key=lambda one: str(one[0]), default=("", None))
    return world if world and now - datetime.fromisoformat(at) < LATELY else None


def tasks_of(context: "Context", goals: Collection[str] = ()) -> list[dict[str, Any]]:
    """Every task instance that has ended, in the order of the DAG."""
    order = {task.task_id: place for place, task in enumerate(_in_order(context["dag"]))}
    crumbs = [crumb for crumb in _ended(context) if crumb["task_id"] in order]
    found = [_task(context, crumb, goals) for crumb in crumbs]
    if _ended_unbegun(found, goals):
        found = [_unbegun(task, crumb) for task, crumb in zip(found, crumbs, strict=True)]
    return sorted(found, key=lambda task: (order[task["name"]], task["map_index"]))


def _ended_unbegun(tasks: Sequence[Mapping[str, Any]], goals: Collection[str]) -> bool:
    """Whether a person ended the run before it came to its goal: Airflow skips what is left."""
    reached = [task for task in tasks if task["name"] in goals or _needs_no_more(task)]
    return bool(reached) and all(task["state"] == "skipped" for task in reached)


def _unbegun(task: dict[str, Any], crumb: Mapping[str, Any]) -> dict[str, Any]:
    """The task of a run that was ended.

    One that skipped itself ran for a moment, and did not fail: that is one between two tries.
    """
    began = crumb["duration"] and not task["failure"]
    skipped = task["state"] == "skipped" and not began
    return {**task, "by_hand": "skipped"} if skipped else task


def _needs_no_more(task: Mapping[str, Any]) -> bool:
    return bool(((task["result"] or {}).get("data") or {}).get("nothing_to_do"))


def may_have_worked(context: "Context", task_id: str) -> bool:
    """Whether a task has, or may have, done its work: not when it failed by itself or never ran.

    A person may have ended it half-way, or between two tries.
    """
    tasks = [_task(context, crumb) for crumb in _ended(context) if crumb["task_id"] == task_id]
    return any(task["by_hand"] or task["state"] in {"success", "skipped"} for task in tasks)


def goes_back(context: "Context") -> bool:
    """Whether the run is to take a control plane back: its plan is a task of that kind."""
    dag = context.get("dag")
    return dag is not None and bool(_told_by_class(dag, PLAN_TASK, "goes_back"))


def run_url(context: "Context") -> str | None:
    """Where the run is shown in the UI."""
    ti = context["ti"]
    return whole(run_page(ti.dag_id, ti.run_id)) if base_url() else None


def task_url(context: "Context", task_id: str, map_index: int) -> str | None:
    """Where a task of this run is shown in the UI."""
    run = run_url(context)
    mapped = f"/mapped/{map_index}" if map_index >= 0 else ""
    return f"{run}/tasks/{task_id}{mapped}" if run else None


def world_of(facts: ClusterFacts) -> dict[str, Any]:
    """The cluster in a few words: versions, node groups and their sizes, add-ons."""
    return {
        "version": str(facts.cluster["version"]),
        "node_groups": [
            {
                "name": name,
                "status": str(group["status"]),
                "nodes": sum(1 for _, label in facts.kubelets.values() if label == name),
                "version": str(facts.group_version(name) or group.get("version") or ""),
            }
            for name, group in sorted(facts.node_groups.items())
        ],
        "addons": [
            {"name": name, "version": addon["addonVersion"], "status": str(addon["status"])}
            for name, addon in sorted(facts.addons.items())
        ],
    }


def _ended(context: "Context") -> list[Mapping[str, Any]]:
    """Task instances in a terminal state: `task_id`, `map_index`, `state`, `duration` (seconds)."""
    ti: Any = context["ti"]  # the protocol in airflow.sdk.types does not list this method
    return list(ti.get_task_breadcrumbs(dag_id=ti.dag_id, run_id=ti.run_id))


def _in_order(dag: Any) -> list[Any]:
    return list(dag.topological_sort())


def _task(
    context: "Context", crumb: Mapping[str, Any], goals: Collection[str] = ()
) -> dict[str, Any]:
    task_id, map_index = crumb["task_id"], crumb["map_index"]
    told = _pull(context, task_id, map_index, "return_value")
    result = told if isinstance(told, dict) and "text" in told else None
    ended = datetime.fromisoformat(result["ended"]) if result and result.get("ended") else None
    # A success has its result, which is enough of all but the goals: a run of many node groups
    # has hundreds of tasks, and each of these questions is a request.
    well = crumb["state"] == "success" and told is not None
    by_hand = "" if well and task_id not in goals else _by_hand(context, crumb, told)
    failure = None if well else _pull(context, task_id, map_index, FAILURE_KEY)
    began = ended - timedelta(seconds=crumb["duration"] or 0) if ended else None
    return {
        **named(task_id, map_index),
        "state": crumb["state"],
        "started": began.isoformat() if began else None,
        "ended": ended.isoformat() if ended else None,
        "seconds": crumb["duration"],
        "waits": None if result else _pull(context, task_id, map_index, WAITS_KEY),
        # A result has it in its data; a step that failed after the yes has none.
        "approval": _pull(context, task_id, map_index, APPROVAL_KEY) if failure else None,
        "url": task_url(context, task_id, map_index),
        "result": result,
        "failure": failure or (ENDED_BY_PERSON if by_hand == "failed" else None),
        "by_hand": by_hand,
    }


def _by_hand(context: "Context", crumb: Mapping[str, Any], told: Any) -> str:
    """The state that a person gave the task; empty where it came to its end by itself.

    A success without a result is a person's word even where no listener noted it.
    """
    noted = _pull(context, crumb["task_id"], crumb["map_index"], BY_HAND_KEY)
    if noted == crumb["state"]:
        return str(noted)
    silent = crumb["state"] == "success" and told is None
    return "success" if silent and _leaves_result(context["dag"], crumb["task_id"]) else ""


def _leaves_result(dag: Any, task_id: str) -> bool:
    """Whether a task of that id returns something whenever it succeeds."""
    return bool(_told_by_class(dag, task_id, "leaves_result"))


def _told_by_class(dag: Any, task_id: str, name: str) -> Any:
    """What the class of a task says of itself; None: there is no such task, or it says nothing."""
    task = next((each for each in _in_order(dag) if each.task_id == task_id), None)
    return getattr(getattr(task, "operator_class", type(task)), name, None)


def _pull(context: "Context", task_id: str, map_index: int, key: str) -> Any:
    return context["ti"].xcom_pull(
        task_ids=task_id, map_indexes=None if map_index < 0 else map_index, key=key
    )
