"""What the demo prints at its end, computed from plain facts.

Step results are the XComs of the tasks (`include/eks_upgrade/common/step_result.py`, as JSON):
`{"text", "changed", "data", "obstacles": [{"what", "passed_by"}], "waits": [[kind, began,
ended]]}` with real seconds since the epoch.

A world is what `world.read_world` returns:
`{"version", "addons": {name: version}, "node_groups": {name: {"version", "status", "nodes"}}}`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Interval = tuple[float, float]
StepResult = Mapping[str, Any]
World = Mapping[str, Any]


@dataclass(frozen=True)
class Split:
    """Where the seconds went; the three parts add up to `wall`."""

    aws: float
    drain: float
    airflow: float

    @property
    def wall(self) -> float:
        """Seconds from the beginning to the end of the run."""
        return self.aws + self.drain + self.airflow

    def __str__(self) -> str:
        return (
            f"AWS needed {self.aws:.1f} s, the drain needed {self.drain:.1f} s, "
            f"Airflow added {self.airflow:.1f} s: {self.wall:.1f} s together."
        )


def covered(intervals: Iterable[Interval], window: Interval) -> float:
    """Seconds of the window that at least one interval covers."""
    total, reached = 0.0, window[0]
    for began, ended in sorted(intervals):
        begin, end = max(began, reached), min(ended, window[1])
        if end > begin:
            total += end - begin
            reached = end
    return total


def split(results: Iterable[StepResult], window: Interval) -> Split:
    """Divide the time of a run.

    While AWS and a drain are both waited for (two node groups at once), the time counts as
    AWS's; what neither was waited for is Airflow's.

    Args:
        results: the results of the run.
        window: beginning and end of the run, seconds since the epoch.
    """
    waits = [wait for result in results for wait in result.get("waits", ())]
    aws = covered([(w[1], w[2]) for w in waits if w[0] == "aws"], window)
    either = covered([(w[1], w[2]) for w in waits], window)
    return Split(aws=aws, drain=either - aws, airflow=window[1] - window[0] - either)


def pods_moved(results: Iterable[StepResult]) -> tuple[int, dict[str, int]]:
    """Pods moved by all drains: their sum, and by node."""
    total, by_node = 0, dict[str, int]()
    for result in results:
        data = result.get("data", {})
        if "by_node" in data:
            total += int(data.get("moved", 0))
            for node, moved in data["by_node"].items():
                by_node[node] = by_node.get(node, 0) + _count(moved)
    return total, by_node


def _count(moved: Any) -> int:
    return int(moved["moved"]) if isinstance(moved, Mapping) else int(moved)


def obstacles(results: Iterable[StepResult]) -> list[str]:
    """Every obstacle once, with how it was passed."""
    # A dict keeps the order and each line once.
    lines: dict[str, None] = {}
    for result in results:
        for each in result.get("obstacles", ()):
            how = each.get("passed_by") or ""
            lines[f"{each['what']} -> {how or 'not passed'}"] = None
    return list(lines)


def report_paths(results: Iterable[StepResult]) -> list[str]:
    """Where the report is."""
    data = [result.get("data", {}) for result in results]
    return [str(each[kind]) for each in data for kind in ("markdown", "html") if kind in each]


def what_is_wrong(before: World, after: World, target: str) -> list[str]:
    """What is not as the upgrade promised; empty when the world is as wanted."""
    wrong = []
    if after["version"] != target:
        wrong.append(f"the cluster is at {after['version']}, not at {target}")
    for name, group in sorted(after["node_groups"].items()):
        if name in before["node_groups"]:
            wrong.append(f"the old node group {name} is still there ({group['status']})")
        elif group["version"] != target or group["status"] != "ACTIVE":
            wrong.append(f"node group {name} is {group['status']} at {group['version']}")
    if not after["node_groups"]:
        wrong.append("there is no node group left")
    return wrong


def world_lines(before: World, after: World) -> list[str]:
    """Versions and node groups, before and after."""
    lines = [f"cluster     {before['version']} -> {after['version']}"]
    for name in sorted({*before["addons"], *after["addons"]}):
        old, new = before["addons"].get(name, "none"), after["addons"].get(name, "none")
        lines.append(f"add-on      {name} {old} -> {new}")
    lines.append(f"node groups {_groups(before)} -> {_groups(after)}")
    return lines


def _groups(world: World) -> str:
    groups = [
        f"{name} ({group['version']}, {group['nodes']} nodes, {group['status']})"
        for name, group in sorted(world["node_groups"].items())
    ]
    return ", ".join(groups) or "none"


def summary_lines(before: World, after: World, results: Sequence[StepResult]) -> list[str]:
    """The whole summary but the split of time."""
    total, by_node = pods_moved(results)
    lines = world_lines(before, after)
    nodes = ", ".join(f"{node}: {count}" for node, count in sorted(by_node.items()))
    lines.append(f"pods moved  {total}" + (f" ({nodes})" if nodes else ""))
    met = obstacles(results)
    lines.append(f"obstacles   {len(met)}")
    lines += [f"    {each}" for each in met]
    lines += [f"report      {path}" for path in report_paths(results)]
    return lines
