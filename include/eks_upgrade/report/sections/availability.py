"""How far each workload fell during the drains, against what its budget allowed."""

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.report.model import Availability, WorkloadReady
from include.eks_upgrade.report.record import Record

MAX_LISTED_WORKLOADS = 50
"""Workloads that a report lists: those that came nearest to their limit."""


def availability(record: Record) -> Availability | None:
    """The drains' proof; None when no drain left any. The data is `LowestReady.as_json`."""
    worst: dict[str, Raw] = {}
    unlisted = below = 0
    for task in record.worked:
        if task.stage is not Stage.DRAIN:
            continue
        unlisted += task.data.get("workloads_left_out", 0)
        below = max(below, task.data.get("workloads_below", 0))
        for row in task.data.get("workloads") or ():
            known = worst.setdefault(row["workload"], row)
            if _margin(row) < _margin(known):
                worst[row["workload"]] = row
    if not worst:
        return None
    rows = [_row(row) for row in sorted(worst.values(), key=lambda r: (_margin(r), r["workload"]))]
    # A workload with pods on two groups may have fallen in both drains and is counted once; what
    # a drain does not list is only in its own count.
    below = max(below, sum(row.below for row in rows))
    return Availability(
        _sentence(len(worst) + unlisted, below),
        tuple(rows[:MAX_LISTED_WORKLOADS]),
        max(0, len(rows) - MAX_LISTED_WORKLOADS) + unlisted,
    )


def _row(raw: Raw) -> WorkloadReady:
    return WorkloadReady(
        workload=raw["workload"],
        before=raw["before"],
        lowest=raw["lowest"],
        keeps=raw["keeps"],
        rule=raw["rule"],
        below=raw["lowest"] < min(raw["keeps"], raw["before"]),
    )


def _margin(raw: Raw) -> int:
    return int(raw["lowest"] - raw["keeps"])


def _sentence(count: int, below: int) -> str:
    if below:
        return (
            f"{below} of {counted(count, 'workload')} had fewer Ready pods for a while than"
            " their budget,"
            " written or implied, allows."
        )
    return (
        f"None of {counted(count, 'workload')} had fewer Ready pods at any moment than its"
        " budget, written"
        " or implied, allows."
    )
