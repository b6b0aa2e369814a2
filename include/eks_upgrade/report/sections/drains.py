"""What the drains did, node by node, from the data their results carry."""

from collections import Counter
from collections.abc import Iterable

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.report.model import NodeDrain
from include.eks_upgrade.report.record import Record

MAX_REASONS = 3
"""What pods waited for: as many are named for a node, the rest is counted."""


def node_drains(record: Record) -> list[NodeDrain]:
    """One row per drained node and one for their sum; the data is `DrainResult.as_json()`."""
    rows: list[NodeDrain] = []
    for task in record.worked:
        data = task.data
        if task.stage is Stage.DRAIN and "moved" in data:
            group = record.label(task)
            rows += [_node(group, name, data) for name in sorted(data.get("by_node") or {})]
            rows += _left_out(group, data)
            rows.append(
                NodeDrain(group, "all nodes", int(data["moved"]), data.get("seconds"), _whole(data))
            )
    return rows


def _left_out(group: str, data: Raw) -> list[NodeDrain]:
    """One row for the nodes that the result does not name."""
    left = data.get("nodes_left_out")
    if not left:
        return []
    return [NodeDrain(group, f"{left['nodes']} more nodes", int(left["moved"]), None, "")]


def _node(group: str, name: str, data: Raw) -> NodeDrain:
    nodes = {node["name"]: node for node in data.get("nodes") or ()}
    node = nodes.get(name) or {}
    return NodeDrain(group, name, int(data["by_node"][name]), node.get("seconds"), _note(node))


def _note(node: Raw) -> str:
    """How the pods of a node left, unless by eviction, and what they waited for."""
    fates = node.get("fates") or {}
    waits = Counter(node.get("waits") or {})
    return "; ".join(
        [
            *(f"{count} {fate}" for fate, count in sorted(fates.items())),
            *_most(f"{count} waited ({what})" for what, count in waits.most_common()),
        ]
    )


def _most(sentences: Iterable[str]) -> list[str]:
    told = list(sentences)
    more = len(told) - MAX_REASONS
    return [*told[:MAX_REASONS], *([f"and {counted(more, 'other reason')}"] if more > 0 else [])]


def _whole(data: Raw) -> str:
    parts = [
        f"{counted(data.get('skipped_daemonset', 0), 'DaemonSet pod')} stayed",
        f"{counted(data.get('refusals', 0), 'eviction')} refused for a while",
    ]
    slowest = max((p for p in data.get("pods") or () if p["seconds"]), default=None, key=_seconds)
    if slowest is not None:
        parts.append(f"slowest pod {slowest['pod']}: {duration_text(slowest['seconds'])}")
    return ", ".join(parts)


def _seconds(pod: Raw) -> float:
    return float(pod["seconds"])
