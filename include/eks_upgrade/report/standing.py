"""What stands in the cluster after a stop, and what of it is safe right now.

How far a node group has come is read from the run's tasks and, where it was looked at, from the
cluster itself; nothing is told that neither of them shows.
"""

from enum import IntEnum

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.planning.approval.points import Point
from include.eks_upgrade.planning.plan import NodeGroupStep
from include.eks_upgrade.report.record import Record

_NEVER_RAN = {None, "upstream_failed", "skipped", "removed"}


class Progress(IntEnum):
    """How far the replacement of one node group has come."""

    UNTOUCHED = 0
    BESIDE = 1
    FENCED = 2
    DRAINED = 3
    GOING = 4
    GONE = 5


def left_in_cluster(record: Record) -> list[str]:
    """What stands in the cluster between the old state and the new one."""
    there = set(_groups(record))
    return [
        _both(record, step, progress(record, index))
        for index, step in enumerate(_steps(record))
        if {step.name, step.replacement} <= there
    ]


def safe_now(record: Record) -> list[str]:
    """What is safe right now, what goes on by itself, and what is given back how."""
    if record.plan is None:
        return ["Nothing was touched."]
    sentences = [*_under_way(record)]
    for index, step in enumerate(_steps(record)):
        sentences.append(_safe(step, progress(record, index)))
    if record.state(Stage.LOCK) == "success":
        sentences.append(
            "The cluster's lock is given back when the run ends. If the run was killed before "
            "that, the next run takes the lock over"
        )
    return [f"{sentence.rstrip('.')}." for sentence in sentences]


def progress(record: Record, index: int) -> Progress:
    """How far the node group with that map index has come."""
    step = _steps(record)[index]
    groups, looked = _groups(record), record.world is not None

    def done(stage: Stage) -> bool:
        return record.state(stage, index) == "success"

    def began(stage: Stage) -> bool:
        return record.state(stage, index) not in _NEVER_RAN

    signs = {  # the furthest that is seen holds
        Progress.GONE: done(Stage.OLD_GROUP_GONE) or (looked and step.name not in groups),
        Progress.GOING: done(Stage.DELETION) or groups.get(step.name, "").startswith("DELET"),
        Progress.DRAINED: done(Stage.DRAIN),
        Progress.FENCED: began(Stage.FENCE) and not _not_approved(record, index),
        Progress.BESIDE: began(Stage.NEW_GROUP) or step.replacement in groups,
    }
    return next((reached for reached, seen in signs.items() if seen), Progress.UNTOUCHED)


def _not_approved(record: Record, index: int) -> bool:
    """Whether the fence only asked a person, and nobody has said yes."""
    asks = str(Point.FENCE) in (record.request.get("approvals") or ())
    tasks = [t for t in record.tasks if t.stage is Stage.FENCE and t.map_index == index]
    return asks and all(task.state == "failed" and not task.approval for task in tasks)


def _steps(record: Record) -> tuple[NodeGroupStep, ...]:
    return record.plan.node_groups if record.plan else ()


def _under_way(record: Record) -> list[str]:
    """Updates that EKS was asked for and whose end was not seen."""
    sentences = []
    started = record.state(Stage.CONTROL_PLANE) == "success"
    if started and record.state(Stage.CONTROL_PLANE_WAIT) != "success":
        sentences.append(
            "EKS goes on with the update of the control plane by itself; the cluster stays "
            "reachable, and no node is touched by it"
        )
    for stage in (Stage.ADDONS_BEFORE, Stage.ADDONS_AFTER):
        if any(task.state == "failed" for task in record.worked if task.stage is stage):
            sentences.append(
                "An add-on whose update has not ended goes on with it by itself; others were not "
                "begun"
            )
    return sentences


def _safe(step: NodeGroupStep, reached: Progress) -> str:
    old, new = step.name, step.replacement
    return {
        Progress.UNTOUCHED: f"Node group `{old}` is untouched, its pods run as before",
        Progress.BESIDE: (
            f"The pods on `{old}` run as before; `{new}` beside it, as far as it was made, only "
            "costs its instances"
        ),
        Progress.FENCED: (
            f"Pods that are still on `{old}` go on running there, and nobody evicts them while no "
            "run is at work; new pods start elsewhere, and the group does not grow"
        ),
        Progress.DRAINED: (
            f"The pods of `{old}` run elsewhere; the old nodes stand empty and only cost"
        ),
        Progress.GOING: (
            f"`{old}` is being deleted and cannot be given back any more; its pods run elsewhere"
        ),
        Progress.GONE: f"`{old}` is gone, its pods run elsewhere",
    }[reached]


def _both(record: Record, step: NodeGroupStep, reached: Progress) -> str:
    old = step.name
    pair = f"Both node groups exist: `{old}` (old) and `{step.replacement}` (new)."
    if reached < Progress.FENCED:
        return f"{pair} `{old}` is not cordoned and takes pods as before."
    if reached >= Progress.GOING:
        return f"{pair} `{old}` is on its way out: go on as said above."
    how = f"{record.release}, or do it" if record.release else "do it"
    return (
        f"{pair} The nodes of `{old}` are cordoned and tainted and its size is capped. "
        f"Go on as said above. To give it back instead, {how} by hand as docs/runbook.md says "
        'under "Release: give the old node group back".'
    )


def _groups(record: Record) -> dict[str, str]:
    """Name and status of each node group as the cluster was last seen; empty when it was not."""
    listed = (record.world or {}).get("node_groups", [])
    return {group["name"]: str(group.get("status", "")) for group in listed}
