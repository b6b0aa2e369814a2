"""What Airflow added to each run, and how long its tasks waited for their turn. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from include.local_airflow.demo.progress import epoch
from include.local_airflow.demo.summary import Split, StepResult, split


@dataclass(frozen=True)
class RunTimes:
    """One run, seconds.

    Attributes:
        wall: from its beginning to its end, without the time in which AWS's clock stood still.
        airflow: in which neither AWS nor a drain was waited for.
        aws, drain: in which they were waited for, how late their end was seen included.
    """

    wall: float
    airflow: float
    aws: float
    drain: float


def run_times(
    results: Sequence[StepResult], window: tuple[float, float], still: tuple[float, float]
) -> RunTimes:
    """Of one run.

    Args:
        results: of its tasks.
        window: its beginning and end, seconds since the epoch.
        still: the span in which the rehearsal's clock stood; what was waited for meanwhile is
            nobody's time.
    """
    whole = split(results, window)
    stood = split(results, (max(window[0], still[0]), min(window[1], still[1])))
    waited = Split(stood.aws, stood.drain, 0.0).wall
    return RunTimes(
        wall=whole.wall - waited,
        airflow=whole.airflow,
        aws=whole.aws - stood.aws,
        drain=whole.drain - stood.drain,
    )


def taxes(runs: Sequence[RunTimes]) -> list[float]:
    """What Airflow added to each run, seconds.

    Its own time, and by how much it saw AWS's and the drain's end later than the run that saw them
    first.
    """
    aws, drain = min(run.aws for run in runs), min(run.drain for run in runs)
    return [run.wall - aws - drain for run in runs]


@dataclass(frozen=True)
class Latency:
    """Seconds of waiting, of all tasks that were looked at."""

    median: float
    p95: float

    @classmethod
    def of(cls, waits: Sequence[float]) -> "Latency":
        """Of at least two waits; nothing of fewer."""
        if len(waits) < 2:
            return cls(0.0, 0.0)
        return cls(median(waits), quantiles(waits, n=20)[-1])


def waits(
    instances: Iterable[Mapping[str, Any]], begin: str = "queued_when", end: str = "start_date"
) -> list[float]:
    """Seconds between two moments of each task that has both.

    A task that was deferred is queued again and keeps its first start: it is left out.
    """
    pairs = [(epoch(each.get(begin)), epoch(each.get(end))) for each in instances]
    return [after - before for before, after in pairs if before and after and after >= before]
