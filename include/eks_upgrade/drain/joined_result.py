"""One result out of several: a drain that asked a person was several drains, one after another.

Pure. Results are dicts as `DrainResult.as_json` makes them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from include.eks_upgrade.drain.ledger import Fate
from include.eks_upgrade.drain.result import MAX_LISTED_PODS

Result = Mapping[str, Any]

_SUMS = ("moved", "seconds", "evictions", "refusals", "requests", "pods_left_out")

_MOST = ("workloads_left_out", "workloads_below")
"""Counts of which the larger one stands: both parts may count the same workload."""


def joined(first: Result | None, second: Result) -> dict[str, Any]:
    """The result of both; pods that the first had not moved are in the second alone.

    Args:
        first: the earlier result; None when there is none.
        second: the later one.
    """
    if first is None:
        return dict(second)
    kept, left_out = _pods(first, second)
    return {
        **second,
        **{key: round(first[key] + second[key], 1) for key in _SUMS},
        **{key: max(first[key], second[key]) for key in _MOST},
        "workloads": _workloads(first, second),
        "by_node": dict(sorted((Counter(first["by_node"]) + Counter(second["by_node"])).items())),
        "obstacles": list(
            {str(one): one for one in (*first["obstacles"], *second["obstacles"])}.values()
        ),
        "nodes": _nodes(first, second),
        "pods": kept,
        "pods_left_out": first["pods_left_out"] + second["pods_left_out"] + left_out,
    }


def drained_message(title: str, result: Result) -> str:
    """What a finished drain came to, in a sentence."""
    excluded = result.get("excluded_nodes", 0)
    out = f"; {excluded} nodes are out of the load balancers" if excluded else ""
    return (
        f"{title} drained: {result['moved']} pods moved off {len(result['by_node'])} nodes in "
        f"{result['seconds']:.0f} s, {result['refusals']} refused evictions{out}"
    )


def _pods(first: Result, second: Result) -> tuple[list[dict[str, Any]], int]:
    """The pods of both, and how many of them do not fit into a result."""
    before = {(pod["pod"], pod["node"]): pod for pod in first["pods"]}
    later = [_pod(before.get((pod["pod"], pod["node"])), pod) for pod in second["pods"]]
    gone = [dict(pod) for pod in first["pods"] if pod["gone"] is not None]
    both = [*gone, *later]
    return both[:MAX_LISTED_PODS], max(0, len(both) - MAX_LISTED_PODS)


def _pod(before: Result | None, now: Result) -> dict[str, Any]:
    """A pod that the first result knew as well: what it waited for then still explains it."""
    known = before["waited_for"] if before is not None and before["gone"] is None else ""
    return {**now, "waited_for": now["waited_for"] or known}


def _workloads(first: Result, second: Result) -> list[dict[str, Any]]:
    """The fewest Ready pods of each workload in either part, as it was before the first."""
    found: dict[str, dict[str, Any]] = {}
    for one in (*first["workloads"], *second["workloads"]):
        known = found.setdefault(one["workload"], dict(one))
        if one["lowest"] - one["keeps"] < known["lowest"] - known["keeps"]:
            found[one["workload"]] = {**one, "before": known["before"]}
    return sorted(found.values(), key=lambda one: (one["lowest"] - one["keeps"], one["workload"]))


def _nodes(first: Result, second: Result) -> list[dict[str, Any]]:
    """Each node with its pods of both; where the second moved any, its time comes on top."""
    found: dict[str, dict[str, Any]] = {node["name"]: _ended(node) for node in first["nodes"]}
    for node in second["nodes"]:
        one = found.setdefault(node["name"], {**node, **_NOTHING})
        if node["moved"]:
            one["seconds"] = round(first["seconds"] + node["seconds"], 1)
        one["moved"] += node["moved"]
        for key in ("fates", "waits"):
            one[key] = dict(Counter(one[key]) + Counter(node[key]))
    for node, reason in _told_twice(first, second):
        if node in found:
            found[node]["waits"] = dict(Counter(found[node]["waits"]) - Counter([reason]))
    return [found[name] for name in sorted(found)]


_NOTHING: Result = {"moved": 0, "seconds": 0.0, "fates": {}, "waits": {}}


def _ended(node: Result) -> dict[str, Any]:
    """A node of the first result without the pods that were still there: the second has them."""
    fates = {fate: count for fate, count in node["fates"].items() if fate != Fate.THERE}
    return {**node, "fates": fates}


def _told_twice(first: Result, second: Result) -> Iterator[tuple[str, str]]:
    """Node and reason of each pod that waited in both; the later reason is the one that counts."""
    later = {(pod["pod"], pod["node"]) for pod in second["pods"] if pod["waited_for"]}
    for pod in first["pods"]:
        there = pod["gone"] is None and (pod["pod"], pod["node"]) in later
        if there and pod["waited_for"]:
            yield pod["node"], pod["waited_for"]
