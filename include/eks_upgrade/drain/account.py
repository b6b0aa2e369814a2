"""What is kept of a drain's result for good: at most 50 kB of JSON, however many pods it moved.

Airflow keeps it in its database, and loads it for each report. Counts stay exact. Of long lists,
that is kept which a person looks for first: pods that took or waited longest, slowest nodes. Pure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.eks_upgrade.common.counting import counted

LIMIT = 50_000
"""Bytes of JSON that an account has at most."""

_ROOM = {"answers": 5_000, "obstacles": 7_000, "workloads": 9_000, "nodes": 14_000}
"""Bytes that each list has at most; pods get what is left over."""

_REST = 2_000
"""Bytes for counts, the sentence and the waits."""

MAX_LISTED_ANSWERED = 10
"""Pods that an answer names in an account; it says how many more there were."""

Item = Mapping[str, Any]


def account_of(
    result: Mapping[str, Any], obstacles: Sequence[Item] = ()
) -> tuple[dict[str, Any], list[Item]]:
    """The result and its obstacles, within `LIMIT`.

    Args:
        result: `DrainResult.as_json` without its obstacles, perhaps with `answers`.
        obstacles: `{"what", "passed_by"}` of each.

    Returns:
        The same keys; `…_left_out` counts what a list lacks, and `nodes_left_out` is added as
        `{"nodes", "moved"}` when not all nodes are listed.
    """
    answers = _fitting(map(short_answer, result.get("answers") or ()), _ROOM["answers"])
    kept_obstacles = _obstacles(obstacles)
    workloads = _fitting(result.get("workloads") or (), _ROOM["workloads"])
    account = {**result, **_nodes(result), "answers": answers, "workloads": workloads}
    lost = len(result.get("workloads") or ()) - len(workloads)
    account["workloads_left_out"] = result.get("workloads_left_out", 0) + lost
    room = LIMIT - _REST - _size({**account, "pods": []}) - _size(kept_obstacles)
    pods = _fitting(sorted(result.get("pods") or (), key=_interest), room)
    account["pods"] = pods
    lost = len(result.get("pods") or ()) - len(pods)
    account["pods_left_out"] = result.get("pods_left_out", 0) + lost
    return account, kept_obstacles


def short_answer(answer: Item) -> dict[str, Any]:
    """An answer (`Answer.as_json`) with the names of its first pods, and how many more it had."""
    pods = answer["pods"]
    more = len(pods) - MAX_LISTED_ANSWERED
    kept = {**answer, "pods": list(pods[:MAX_LISTED_ANSWERED])}
    return {**kept, "pods_left_out": more} if more > 0 else kept


def short_list(items: Iterable[Item], room: int = LIMIT * 9 // 10) -> list[Item]:
    """The first items of a list that is an account of its own."""
    return _fitting(items, room)


def short_message(message: str, limit: int = LIMIT // 2) -> str:
    """The first lines of a message, as many as fit, and how many more there were."""
    if len(message.encode()) <= limit:
        return message
    lines = message.splitlines()
    kept: list[str] = []
    for line in lines:
        limit -= len(line.encode()) + 1
        if limit < 0:
            break
        kept.append(line)
    kept = kept or [message.encode()[: LIMIT // 2].decode(errors="ignore")]
    left = len(lines) - len(kept)
    return "\n".join([*kept, f"… and {counted(left, 'more line')}; the task's log has all of them"])


def _obstacles(obstacles: Sequence[Item]) -> list[Item]:
    kept = _fitting(obstacles, _ROOM["obstacles"])
    lost = len(obstacles) - len(kept)
    return [*kept, *([{"what": f"{lost} more of this kind", "passed_by": ""}] if lost else [])]


def _nodes(result: Mapping[str, Any]) -> dict[str, Any]:
    """The nodes, slowest first where not all fit; `by_node` has the same ones."""
    by_node = result["by_node"]
    told = {node["name"]: node for node in result.get("nodes") or ()}
    rows = [told.get(name, {"name": name, "moved": moved}) for name, moved in by_node.items()]
    rows += [node for name, node in told.items() if name not in by_node]
    # Each name stands in both, so a row costs its own length and that of its entry in `by_node`.
    weighed = [{**row, "again": {row["name"]: 0}} for row in rows]
    kept = _fitting(sorted(weighed, key=_slowness), _ROOM["nodes"])
    names = {row["name"] for row in kept}
    nodes = [node for name, node in told.items() if name in names]
    counts = {name: moved for name, moved in by_node.items() if name in names}
    if len(kept) == len(rows):
        return {"nodes": nodes, "by_node": counts}
    left = {
        "nodes": len(by_node) - len(counts),
        "moved": sum(by_node.values()) - sum(counts.values()),
    }
    return {"nodes": nodes, "by_node": counts, "nodes_left_out": left}


def _slowness(node: Item) -> float:
    return -float(node.get("seconds") or 0.0)


def _interest(pod: Item) -> tuple[bool, bool, float]:
    """Pods that are still there first, then those that waited for something, longest first."""
    return pod["gone"] is not None, not pod["waited_for"], -float(pod["seconds"] or 0.0)


def _fitting(items: Iterable[Item], room: int) -> list[Item]:
    """The first items that have room together."""
    kept: list[Item] = []
    for item in items:
        room -= _size(item) + 2
        if room < 0:
            break
        kept.append(item)
    return kept


def _size(value: Any) -> int:
    return len(json.dumps(value).encode())
