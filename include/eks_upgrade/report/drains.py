"""What the drains did, node by node, from the data their deeds carry."""

from collections.abc import Mapping, Sequence
from typing import Any

from include.eks_upgrade.report.model import NodeDrain
from include.eks_upgrade.report.tasks import Task, deed, label
from include.eks_upgrade.report.times import words

DRAIN_TASK = "node_group.drain_blue"


def node_drains(tasks: Sequence[Task], plan: Mapping[str, Any]) -> list[NodeDrain]:
    """One row per drained node and one for their sum; the data is `DrainResult.as_json()`."""
    rows: list[NodeDrain] = []
    for task in tasks:
        data = deed(task).get("data") or {}
        if task["task_id"] == DRAIN_TASK and "moved" in data:
            group = label(task, plan)
            by_node = sorted((data.get("by_node") or {}).items())
            rows += [NodeDrain(group, node, int(moved), "") for node, moved in by_node]
            rows.append(NodeDrain(group, "all nodes", int(data["moved"]), _note(data)))
    return rows


def _note(data: Mapping[str, Any]) -> str:
    return (
        f"{data.get('skipped_daemonset', 0)} DaemonSet pod(s) stayed, "
        f"{data.get('refusals', 0)} eviction(s) refused for a while, "
        f"{words(data.get('seconds'))}"
    )
