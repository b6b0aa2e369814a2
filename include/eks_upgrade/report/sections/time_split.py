"""Where the time of a run went: AWS, drains, people, and the rest."""

from collections.abc import Iterable, Iterator

from include.eks_upgrade.report.durations import covered, epoch, seconds_between
from include.eks_upgrade.report.model import TimeSplit
from include.eks_upgrade.report.record import Record, TaskRecord

PERSON = "person"
"""The kind of a wait for a person's answer."""


def time_split(record: Record) -> TimeSplit | None:
    """The run's seconds by what they were spent on; overlapping waits of a kind count once."""
    total = seconds_between(record.run.get("started"), record.run.get("ended"))
    if total is None:
        return None
    waits: dict[str, list[tuple[float, float]]] = {}
    for kind, began, ended in _waits(record.tasks, record):
        waits.setdefault(kind, []).append((began, ended))
    both = covered([wait for kind in waits.values() for wait in kind])
    return TimeSplit(
        total=total,
        aws=covered(waits.get("aws", ())),
        drain=covered(waits.get("drain", ())),
        person=covered(waits.get(PERSON, ())),
        rest=max(0.0, total - both),
    )


def waited_for_a_person(tasks: Iterable[TaskRecord], record: Record) -> float:
    """Seconds that these tasks waited for a person's answer."""
    waits = _waits(tasks, record)
    return covered([(began, ended) for kind, began, ended in waits if kind == PERSON])


def _waits(tasks: Iterable[TaskRecord], record: Record) -> Iterator[tuple[str, float, float]]:
    """The waits of tasks; one that nobody saw the end of lasted until the run's end."""
    last = epoch(record.run.get("ended"))
    for task in tasks:
        for kind, began, ended in task.waits:
            end = last if ended is None else ended
            if end is not None:
                yield kind, began, max(began, end)
