"""What the plan foretold beside what it took, with the error in percent."""

from collections.abc import Collection, Iterator

from include.eks_upgrade.common.stages import REPLACEMENT, Stage
from include.eks_upgrade.planning.prediction.lines import limit_text
from include.eks_upgrade.planning.prediction.model import GroupPrediction, Prediction
from include.eks_upgrade.report.durations import span
from include.eks_upgrade.report.model import Foretold
from include.eks_upgrade.report.record import Record, unfinished
from include.eks_upgrade.report.sections.time_split import time_split, waited_for_a_person

_STEPS = {
    "add-ons before the control plane": {Stage.ADDONS_BEFORE},
    "control plane": {Stage.CONTROL_PLANE, Stage.CONTROL_PLANE_WAIT},
    "add-ons after the control plane": {Stage.ADDONS_AFTER},
}
_AT_WORK = {stage for stage in REPLACEMENT if stage is not Stage.TURN}


def foretold(record: Record) -> Iterator[Foretold]:
    """A row for each part that was foretold; nothing of a run that only planned.

    What did not come to its good end has no truth yet, and time that passed until a person
    answered is not counted: nobody foretells it.
    """
    found = record.plan.prediction if record.plan else None
    if found is None or {task.stage for task in record.worked} <= {Stage.PLAN}:
        return
    for step in found.steps:
        if step.name in _STEPS:
            took = _took(record, _STEPS[step.name])
            yield _row(step.name, step.best * 60, step.probable * 60, took)
    for place, group in enumerate(found.groups):
        yield from _of_group(record, place, group)
    yield _whole(record, found)


def _of_group(record: Record, place: int, group: GroupPrediction) -> Iterator[Foretold]:
    drain = group.drain
    if drain is not None:
        by = limit_text(drain.decides) if drain.decides else ""
        name = f"drain of {group.name}"
        yield _row(name, drain.best, drain.probable, _drained(record, place), by)
    took = _took(record, _AT_WORK, place)
    yield _row(f"node group {group.name}", _seconds(group.best), _seconds(group.probable), took)


def _whole(record: Record, found: Prediction) -> Foretold:
    split = time_split(record)
    ended = split is not None and not unfinished(record.worked)
    took = split.total - split.person if split and ended else None
    return _row("the whole run", _seconds(found.best), _seconds(found.probable), took)


def _drained(record: Record, place: int) -> float | None:
    """What the drain itself says that it took."""
    for task in record.worked:
        if task.stage is Stage.DRAIN and task.map_index == place and task.state == "success":
            seconds = task.data.get("seconds")
            return float(seconds) if seconds is not None else None
    return None


def _took(record: Record, stages: Collection[Stage], place: int | None = None) -> float | None:
    """From the first of these tasks to the end of the last, without waits for a person."""
    tasks = [
        task
        for task in record.worked
        if task.stage in stages and (place is None or task.map_index == place)
    ]
    done = [task for task in tasks if task.state == "success"]
    if not done or any(task.state not in {"success", "skipped"} for task in tasks):
        return None
    seconds = span((task.started, task.ended) for task in done)
    return None if seconds is None else max(0.0, seconds - waited_for_a_person(done, record))


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * 60


def _row(
    what: str, best: float | None, probable: float | None, took: float | None, by: str = ""
) -> Foretold:
    error = round((probable / took - 1) * 100) if probable is not None and took else None
    return Foretold(what, best, probable, took, error, by)
