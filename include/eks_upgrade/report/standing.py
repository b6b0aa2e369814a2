"""What stands in the cluster after a stop, and what of it is safe right now.

A node group's stage is read from the run's tasks and, where it was looked at, from the cluster
itself; nothing is told that neither of them shows.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from include.eks_upgrade.report.tasks import Record, worked

UNDO = (
    "To give it back instead, trigger the DAG `eks_upgrade_undo`, or do it by hand as "
    'docs/runbook.md says under "Undo: give the old node group back".'
)
_NEVER_RAN = {None, "upstream_failed", "skipped", "removed"}


class Stage(IntEnum):
    """How far the replacement of one node group has come."""

    UNTOUCHED = 0
    BESIDE = 1
    FENCED = 2
    DRAINED = 3
    GOING = 4
    GONE = 5


def left_in_cluster(record: Record) -> list[str]:
    """What stands in the cluster between the old state and the new one."""
    sentences = []
    for index, step in enumerate((record.get("plan") or {}).get("node_groups", [])):
        if {step["blue"], step["green"]} <= set(_groups(record)):
            sentences.append(_both(step, stage(record, index)))
    return sentences


def safe_now(record: Record) -> list[str]:
    """What is safe right now, what goes on by itself, and what is given back how."""
    plan = record.get("plan") or {}
    if not plan:
        return ["Nothing was touched."]
    sentences = [*_under_way(record)]
    for index, step in enumerate(plan.get("node_groups", [])):
        sentences.append(_safe(step, stage(record, index)))
    if _state(record, "lock", -1) == "success":
        sentences.append(
            "The cluster's lock is given back when the run ends. If the run was killed before "
            "that, the next run of this Airflow takes the lock over"
        )
    return [f"{sentence.rstrip('.')}." for sentence in sentences]


def stage(record: Record, index: int) -> Stage:
    """How far the node group with that map index has come."""
    step = (record.get("plan") or {})["node_groups"][index]
    groups, looked = _groups(record), record.get("world") is not None

    def done(task: str) -> bool:
        return _state(record, f"node_group.{task}", index) == "success"

    def began(task: str) -> bool:
        return _state(record, f"node_group.{task}", index) not in _NEVER_RAN

    signs = {  # the furthest that is seen holds
        Stage.GONE: done("wait_gone") or (looked and step["blue"] not in groups),
        Stage.GOING: done("delete_blue") or groups.get(step["blue"], "").startswith("DELET"),
        Stage.DRAINED: done("drain_blue"),
        Stage.FENCED: began("fence_blue"),
        Stage.BESIDE: began("create_green") or step["green"] in groups,
    }
    return next((reached for reached, seen in signs.items() if seen), Stage.UNTOUCHED)


def _under_way(record: Record) -> list[str]:
    """Updates that EKS was asked for and whose end was not seen."""
    sentences = []
    started = _state(record, "control_plane.start", -1) == "success"
    if started and _state(record, "control_plane.wait", -1) != "success":
        sentences.append(
            "EKS goes on with the update of the control plane by itself; the cluster stays "
            "reachable, and no node is touched by it"
        )
    for phase in ("update_addons_before", "update_addons_after"):
        tasks = [task for task in worked(record) if task["task_id"] == phase]
        if any(task.get("state") == "failed" for task in tasks):
            sentences.append(
                "An add-on whose update has not ended goes on with it by itself; others were not "
                "begun"
            )
    return sentences


def _safe(step: Mapping[str, Any], reached: Stage) -> str:
    blue, green = step["blue"], step["green"]
    return {
        Stage.UNTOUCHED: f"Node group `{blue}` is untouched, its pods run as before",
        Stage.BESIDE: (
            f"The pods on `{blue}` run as before; `{green}` beside it, as far as it was made, only "
            "costs its instances"
        ),
        Stage.FENCED: (
            f"Pods that are still on `{blue}` go on running there, and nobody evicts them while no "
            "run is at work; new pods start elsewhere, and the group does not grow"
        ),
        Stage.DRAINED: (
            f"The pods of `{blue}` run elsewhere; the old nodes stand empty and only cost"
        ),
        Stage.GOING: (
            f"`{blue}` is being deleted and cannot be given back any more; its pods run elsewhere"
        ),
        Stage.GONE: f"`{blue}` is gone, its pods run elsewhere",
    }[reached]


def _both(step: Mapping[str, Any], reached: Stage) -> str:
    blue = step["blue"]
    pair = f"Both node groups exist: `{blue}` (old) and `{step['green']}` (new)."
    if reached < Stage.FENCED:
        return f"{pair} `{blue}` is not cordoned and takes pods as before."
    if reached >= Stage.GOING:
        return f"{pair} `{blue}` is on its way out: go on as said above."
    return (
        f"{pair} The nodes of `{blue}` are cordoned and tainted and its size is capped. "
        f"Go on as said above. {UNDO}"
    )


def _groups(record: Record) -> dict[str, str]:
    """Name and status of each node group as the cluster was last seen; empty when it was not."""
    listed = (record.get("world") or {}).get("node_groups", [])
    return {group["name"]: str(group.get("status", "")) for group in listed}


def _state(record: Record, task_id: str, index: int) -> str | None:
    for task in worked(record):
        if task["task_id"] == task_id and task.get("map_index", -1) == index:
            return task.get("state")
    return None
