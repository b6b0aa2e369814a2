"""In which order node groups were replaced: the canary by itself, then so many at a time."""

from collections.abc import Iterable, Iterator, Sequence

from include.eks_upgrade.common.stages import REPLACEMENT, Stage
from include.eks_upgrade.report.durations import seconds_between, span
from include.eks_upgrade.report.model import GroupTurn
from include.eks_upgrade.report.record import Record, TaskRecord, worst

_AT_WORK = [stage for stage in REPLACEMENT if stage is not Stage.TURN]
_NOT_BEGUN = {None, "skipped", "upstream_failed", "removed"}


def group_turns(record: Record) -> Iterator[GroupTurn]:
    """Each group in the plan's order; nothing where there is but one, or only a plan was made."""
    groups = record.plan.node_groups if record.plan else ()
    found = [list(_tasks(record, place)) for place in range(len(groups))]
    if len(groups) < 2 or not any(found):
        return
    for place, (group, tasks) in enumerate(zip(groups, found, strict=True)):
        begun = [task for task in tasks if task.state not in _NOT_BEGUN]
        yield GroupTurn(
            place=place + 1,
            node_group=group.name,
            turn=_turn(place, record.request.get("max_groups_at_once")),
            state=worst(task.state for task in begun) if begun else "not begun",
            began=seconds_between(record.run.get("started"), _first(begun)),
            seconds=span((task.started, task.ended) for task in begun),
        )


def _tasks(record: Record, place: int) -> Iterator[TaskRecord]:
    """The tasks with which a group is replaced, without the wait for its turn."""
    for task in record.worked:
        if task.map_index == place and task.stage in _AT_WORK:
            yield task


def _turn(place: int, at_once: object) -> str:
    if place == 0:
        return "the canary, by itself"
    if at_once == 1:
        return "then one after the other"
    return f"then {at_once} at a time" if at_once else "then"


def _first(tasks: Sequence[TaskRecord]) -> str | None:
    """When the first of them began; a task that left no result does not say."""
    return min(_known(task.started for task in tasks), default=None)


def _known(times: Iterable[str | None]) -> Iterator[str]:
    return (each for each in times if each)
