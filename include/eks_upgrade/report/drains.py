"""What the drains did, node by node, from the data their results carry."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.eks_upgrade.report.model import NodeDrain
from include.eks_upgrade.report.tasks import Task, label, result
from include.eks_upgrade.report.times import duration_text

DRAIN_TASK = "node_group.drain_blue"

REASONS = 3
"""What pods waited for: as many are named for a node, the rest is counted."""

_ORDINARY = "evicted"


def node_drains(tasks: Sequence[Task], plan: Mapping[str, Any]) -> list[NodeDrain]:
    """One row per drained node and one for their sum; the data is `DrainResult.as_json()`."""
    rows: list[NodeDrain] = []
    for task in tasks:
        data = result(task).get("data") or {}
        if task["task_id"] == DRAIN_TASK and "moved" in data:
            group = label(task, plan)
            rows += [_node(group, name, data) for name in sorted(data.get("by_node") or {})]
            rows.append(
                NodeDrain(group, "all nodes", int(data["moved"]), data.get("seconds"), _whole(data))
            )
    return rows


def _node(group: str, name: str, data: Mapping[str, Any]) -> NodeDrain:
    seconds = {node["name"]: node["seconds"] for node in data.get("nodes") or ()}
    pods = [pod for pod in data.get("pods") or () if pod["node"] == name]
    return NodeDrain(group, name, int(data["by_node"][name]), seconds.get(name), _pods(pods))


def _pods(pods: Sequence[Mapping[str, Any]]) -> str:
    """How the pods of a node left, unless by eviction, and what they waited for."""
    fates = Counter(pod["fate"] for pod in pods if pod["fate"] != _ORDINARY)
    waits = Counter(pod["waited_for"] for pod in pods if pod["waited_for"])
    return "; ".join(
        [
            *(f"{count} {fate}" for fate, count in sorted(fates.items())),
            *_most(f"{count} waited ({what})" for what, count in waits.most_common()),
        ]
    )


def _most(sentences: Iterable[str]) -> list[str]:
    told = list(sentences)
    more = len(told) - REASONS
    return [*told[:REASONS], *([f"and {more} other reason(s)"] if more > 0 else [])]


def _whole(data: Mapping[str, Any]) -> str:
    parts = [
        f"{data.get('skipped_daemonset', 0)} DaemonSet pod(s) stayed",
        f"{data.get('refusals', 0)} eviction(s) refused for a while",
    ]
    slowest = max((p for p in data.get("pods") or () if p["seconds"]), default=None, key=_seconds)
    if slowest is not None:
        parts.append(f"slowest pod {slowest['pod']}: {duration_text(slowest['seconds'])}")
    return ", ".join(parts)


def _seconds(pod: Mapping[str, Any]) -> float:
    return float(pod["seconds"])
