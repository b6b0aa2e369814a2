"""What the benchmark of a fleet has measured, each figure beside its bound. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.fleet_tax import Latency

GIGABYTE = 1e9


@dataclass(frozen=True)
class Measured:
    """What came of it.

    Attributes:
        clusters: how many runs there were.
        wall: seconds from the first start to the last end.
        states: how many runs ended how.
        retries: how many tasks of each name needed a further try.
        held: worker slots that were held while every run waited.
        idle: cores that all components took meanwhile.
        scheduled, queued: of tasks, from scheduled to queued and from queued to started.
        aws: calls by operation.
        aws_rate: calls in the densest second.
        grown: bytes by which the database grew.
        taxes: seconds that Airflow added, by run.
        cpu: seconds by component.
        own: of them those of its first process: of the scheduler without the tasks it starts.
        peak: bytes of memory by component, at most.
        together: bytes of all at one moment, at most.
        refused: our requests that Airflow's API has answered with 500 or above.
    """

    clusters: int
    wall: float
    states: Mapping[str, int]
    retries: Counter[str]
    held: int
    idle: float
    scheduled: Latency
    queued: Latency
    aws: Counter[str]
    aws_rate: float
    grown: int
    taxes: Sequence[float]
    cpu: Mapping[str, float]
    own: Mapping[str, float]
    peak: Mapping[str, int]
    together: int
    refused: int


@dataclass(frozen=True)
class Line:
    """One figure.

    Attributes:
        bound: what it may be at most; None where nothing was promised.
    """

    name: str
    value: float
    unit: str
    bound: float | None = None

    @property
    def missed(self) -> bool:
        """Whether it is above its bound."""
        return self.bound is not None and self.value > self.bound

    def __str__(self) -> str:
        told = f"{self.name:<46} {self.value:>10.2f} {self.unit:<8}"
        if self.bound is None:
            return told.rstrip()
        return f"{told} at most {self.bound:g}: {'MISSED' if self.missed else 'reached'}"


def lines(it: Measured) -> list[Line]:
    """All figures; those of a cluster are averages."""
    few = it.clusters <= 20
    each = max(it.clusters, 1)
    return [
        Line("wall time", it.wall, "s"),
        Line("runs that did not end well", it.clusters - it.states.get("success", 0), "", 0),
        Line("tasks tried again", it.retries.total(), "", 0),
        Line("requests that Airflow's API answered with 500", it.refused, "", 0),
        Line("worker slots held while every run waits", it.held, "", 0),
        Line("CPU of all components meanwhile", it.idle, "cores"),
        Line("scheduled until queued, median", it.scheduled.median, "s"),
        Line("scheduled until queued, p95", it.scheduled.p95, "s"),
        Line("queued until started, median", it.queued.median, "s"),
        Line("queued until started, p95", it.queued.p95, "s"),
        Line("AWS calls of a cluster", it.aws.total() / each, "", 150),
        Line("AWS calls of the account, densest second", it.aws_rate, "/s"),
        Line("database, growth of a cluster", it.grown / each / 1000, "kB"),
        Line("orchestration tax of a cluster, mean", sum(it.taxes) / each, "s", _tax(it)),
        Line("orchestration tax, the worst", max(it.taxes, default=0.0), "s"),
        Line("CPU of a cluster, all components", sum(it.cpu.values()) / each, "s", 20),
        Line("CPU of a cluster, what it has done alone", _work(it) / each, "s"),
        Line("memory of all components, at most", it.together / GIGABYTE, "GB", 3 if few else None),
    ]


def _work(it: Measured) -> float:
    """Without what goes on as long as runs do, whatever they do.

    The scheduler decides about each task that is left, of each run, once a loop. The DAG processor
    reads the DAG files.
    """
    standing = it.own.get("scheduler", 0.0) + it.cpu.get("dag-processor", 0.0)
    return sum(it.cpu.values()) - standing


def _tax(it: Measured) -> float:
    """A minute at 20 clusters, 5 % of forty minutes beyond."""
    return 60.0 if it.clusters <= 20 else 120.0


def details(it: Measured) -> list[str]:
    """By component, and the AWS calls by operation."""
    each = max(it.clusters, 1)
    found = [f"{'component':<14} {'CPU s':>8} {'itself':>8} {'a cluster':>10} {'memory MB':>10}"]
    for name, cpu in it.cpu.items():
        found.append(
            f"{name:<14} {cpu:>8.1f} {it.own[name]:>8.1f} {cpu / each:>10.2f}"
            f" {it.peak[name] / 1e6:>10.0f}"
        )
    calls = ", ".join(f"{name} {n / each:.1f}" for name, n in it.aws.most_common(12))
    again = ", ".join(f"{name} {n}" for name, n in it.retries.most_common()) or "none"
    return [*found, f"tasks tried again: {again}", f"AWS calls of a cluster: {calls}"]
