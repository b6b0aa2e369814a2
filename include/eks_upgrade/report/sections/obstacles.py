"""What stood in the way during a run, each thing once, with how it was passed in the end."""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.stages import REPLACEMENT, Stage
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.report.durations import with_moments
from include.eks_upgrade.report.model import PassedObstacle
from include.eks_upgrade.report.record import Record, TaskRecord, unfinished

MAX_LISTED_PARTS = 3
"""Phases that met the same obstacle: as many are named, the rest is counted."""

GROUP_WENT = "the node group went in the end"
WENT_ON = "it did not stop the run"


def obstacles(record: Record) -> list[PassedObstacle]:
    """Everything that stood in the way, in the order of the phases that met it first.

    What several phases met alike, such as the same add-on's pods in each node group, is one entry.
    What one step could not pass and a later one did is told as passed.
    """
    met = [*_met(record)]
    passed = {what for what, passed_by, _ in met if passed_by}
    entries = (
        ((what, passed_by or _in_the_end(task, record)), record.part(task))
        for what, passed_by, task in met
        if passed_by or what not in passed
    )
    return [
        PassedObstacle(_where(where), with_moments(what), with_moments(passed_by))
        for (what, passed_by), where in by_key(entries).items()
    ]


def _met(record: Record) -> Iterator[tuple[str, str, TaskRecord]]:
    for task in record.worked:
        for obstacle in task.result.get("obstacles") or []:
            yield obstacle["what"], obstacle.get("passed_by") or "", task


def _in_the_end(task: TaskRecord, record: Record) -> str:
    """How something that no step says to have passed was passed all the same; empty: it was not."""
    gone = record.state(Stage.OLD_GROUP_GONE, task.map_index) == "success"
    if task.stage in REPLACEMENT and gone:
        return GROUP_WENT
    return "" if unfinished(record.worked) else WENT_ON


def _where(parts: Sequence[str]) -> str:
    return first_few(list(dict.fromkeys(parts)), MAX_LISTED_PARTS)
