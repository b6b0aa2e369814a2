"""What the drains did, node by node, from the data their deeds carry."""

from collections.abc import Mapping, Sequence
from typing import Any

from include.eks_upgrade.report.model import NodeDrain
from include.eks_upgrade.report.tasks import Task, deed, label

DRAIN_TASK = "node_group.drain_blue"


def node_drains(tasks: Sequence[Task], plan: Mapping[str, Any]) -> list[NodeDrain]:
    """One row per drained node: `data.nodes` is `{node: {"moved", "left", "note"}}`."""
    return [
        NodeDrain(
            node_group=label(task, plan),
            node=name,
            moved=int(node.get("moved", 0)),
            left=int(node.get("left", 0)),
            note=str(node.get("note", "")),
        )
        for task in tasks
        if task["task_id"] == DRAIN_TASK
        for name, node in sorted(((deed(task).get("data") or {}).get("nodes") or {}).items())
    ]
