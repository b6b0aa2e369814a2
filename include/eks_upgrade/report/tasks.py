"""Reading the `tasks` of a record: which phase a task belongs to, how it is called, how it ended.

A task is a dict `{"task_id", "map_index", "label", "state", "started", "ended", "result",
"failure"}` as the Airflow layer gathers it; `result` is `StepResult.as_json()` or None.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Task = Mapping[str, Any]
Record = Mapping[str, Any]

#: Tasks that tell about the run; they are still running while the report is written.
TELLERS = frozenset({"report", "unlock", "verdict"})

_PHASES = {
    "plan": "Plan",
    "list_addons_before": "Plan",
    "list_addons_after": "Plan",
    "list_node_groups": "Plan",
    "lock": "Lock",
    "update_addons_before": "Add-ons before the control plane",
    "control_plane": "Control plane",
    "update_addons_after": "Add-ons after the control plane",
    "node_group": "Node group",
    "verify_cluster": "Verification",
}
# Worst first: a phase is as well as its worst step.
_STATES = ("failed", "upstream_failed", "up_for_retry", "running", "deferred", "queued", "success")


def worked(record: Record) -> list[Task]:
    """The tasks that do the upgrade, without those that tell about it."""
    return [task for task in record.get("tasks", []) if task["task_id"] not in TELLERS]


def result(task: Task) -> Mapping[str, Any]:
    """What the task did; empty when it left no account, or something else than a result."""
    told = task.get("result")
    return told if isinstance(told, Mapping) and "text" in told else {}


def label(task: Task, plan: Mapping[str, Any]) -> str:
    """What a mapped task is about: Airflow's label, or the plan's name for its index."""
    if task.get("label"):
        return str(task["label"])
    index = task.get("map_index", -1)
    steps, key = _mapped_over(task["task_id"].split(".")[0], plan)
    if index is None or index < 0:
        return ""
    return str(steps[index][key]) if index < len(steps) else str(index)


def _mapped_over(head: str, plan: Mapping[str, Any]) -> tuple[Sequence[Mapping[str, Any]], str]:
    """The plan's list a task is mapped over, and the key that names an item of it."""
    lists = {
        "update_addons_before": ("addons_before", "name"),
        "update_addons_after": ("addons_after", "name"),
        "node_group": ("node_groups", "blue"),
    }
    name, key = lists.get(head, ("", ""))
    return plan.get(name, []), key


def title(task: Task, plan: Mapping[str, Any]) -> str:
    """The task as the UI names it, with its label: `node_group.drain_blue [workers]`."""
    about = label(task, plan)
    return f"{task['task_id']} [{about}]" if about else str(task["task_id"])


def phase(task: Task, plan: Mapping[str, Any]) -> str:
    """The phase a task belongs to; an unknown task is a phase of its own."""
    head = task["task_id"].split(".")[0]
    name = _PHASES.get(head, head)
    return f"{name} {label(task, plan)}".strip() if head == "node_group" else name


def worst(states: Iterable[str | None]) -> str:
    """The state that tells most about a phase; `skipped` when nothing in it ran."""
    present = {state or "not run" for state in states}
    for state in _STATES:
        if state in present:
            return state
    return "skipped" if present == {"skipped"} else "not run"


def failed(tasks: Iterable[Task]) -> list[Task]:
    """The tasks that failed themselves, not those that only lost their upstream."""
    return [task for task in tasks if task.get("state") == "failed"]


def unfinished(tasks: Iterable[Task]) -> list[Task]:
    """The tasks that should have run and did not come to a good end."""
    return [task for task in tasks if task.get("state") not in {"success", "skipped"}]
