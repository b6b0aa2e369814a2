"""Gathering what a DAG run did, for the report: its tasks, their results, their failures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.run.addresses import (
    base_url,
    docs_address,
    reports_address,
    run_page,
    whole,
)
from eks_upgrade_airflow.run.events import FAILURE_KEY, WAITS_KEY
from eks_upgrade_airflow.run.stages import RELEASE, how_to_repeat, named
from include.eks_upgrade.aws.facts import ClusterFacts

if TYPE_CHECKING:
    from airflow.sdk import Context

PLAN_TASK = "plan"
FAILED_STATES = frozenset({"failed", "upstream_failed"})


def record_of(context: "Context", facts: ClusterFacts | None, now: datetime) -> dict[str, Any]:
    """The record that `report/record.py` describes, read through the task's own API."""
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
        "request": dict(context["params"]),
        "tasks": tasks_of(context),
        "world": world_of(facts) if facts else None,
        "repeat": how_to_repeat(),
        "release": RELEASE,
    }


def tasks_of(context: "Context") -> list[dict[str, Any]]:
    """Every task instance that has ended, in the order of the DAG."""
    order = {task_id: place for place, task_id in enumerate(_in_order(context))}
    found = [_task(context, crumb) for crumb in _ended(context) if crumb["task_id"] in order]
    return sorted(found, key=lambda task: (order[task["name"]], task["map_index"]))


def failed_tasks(context: "Context") -> list[str]:
    """Tasks of the run that failed or could not run, as the UI names them."""
    return [
        crumb["task_id"] + (f"[{crumb['map_index']}]" if crumb["map_index"] >= 0 else "")
        for crumb in _ended(context)
        if crumb["state"] in FAILED_STATES
    ]


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


def _in_order(context: "Context") -> list[str]:
    return [task.task_id for task in context["dag"].topological_sort()]


def _task(context: "Context", crumb: Mapping[str, Any]) -> dict[str, Any]:
    task_id, map_index = crumb["task_id"], crumb["map_index"]
    told = _pull(context, task_id, map_index, "return_value")
    result = told if isinstance(told, dict) and "text" in told else None
    ended = datetime.fromisoformat(result["ended"]) if result and result.get("ended") else None
    began = ended - timedelta(seconds=crumb["duration"] or 0) if ended else None
    return {
        **named(task_id, map_index),
        "state": crumb["state"],
        "started": began.isoformat() if began else None,
        "ended": ended.isoformat() if ended else None,
        "seconds": crumb["duration"],
        "waits": None if result else _pull(context, task_id, map_index, WAITS_KEY),
        "url": task_url(context, task_id, map_index),
        "result": result,
        "failure": _pull(context, task_id, map_index, FAILURE_KEY),
    }


def _pull(context: "Context", task_id: str, map_index: int, key: str) -> Any:
    return context["ti"].xcom_pull(
        task_ids=task_id, map_indexes=None if map_index < 0 else map_index, key=key
    )
