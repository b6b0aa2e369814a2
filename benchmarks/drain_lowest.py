"""How far each workload fell during a drain, from what an observer saw of its pods. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.drain_bound import Life


@dataclass(frozen=True)
class Allowance:
    """How many pods of a workload may be away.

    Attributes:
        family: as `Pod.family`.
        wanted: its pods. allowed: how many of them may be away at a time.
        budgeted: whether a disruption budget says so, or its own strategy.
    """

    family: str
    wanted: int
    allowed: int
    budgeted: bool


@dataclass(frozen=True)
class Lowest:
    """The fewest Ready pods that a workload had."""

    allowance: Allowance
    ready: int

    @property
    def share(self) -> float:
        """Of the pods it is to have."""
        return self.ready / self.allowance.wanted

    @property
    def below(self) -> bool:
        """Whether it had fewer than what is allowed leaves."""
        return self.ready < self.allowance.wanted - self.allowance.allowed


def lowest_ready(lives: Iterable[Life], allowances: Sequence[Allowance]) -> list[Lowest]:
    """The fewest Ready pods of each workload that the drain moved.

    A pod counts from the moment it is Ready until it is told to stop.
    """
    of_family: dict[str, list[Life]] = {}
    for life in lives:
        of_family.setdefault(life.pod.family, []).append(life)
    return [Lowest(one, _fewest(of_family.get(one.family, ()))) for one in allowances]


def lowest_lines(lowest: Sequence[Lowest]) -> list[str]:
    """A line for the workloads with a budget and one for those without."""
    kinds: Mapping[str, list[Lowest]] = {
        "with a budget": [one for one in lowest if one.allowance.budgeted],
        "without a budget": [one for one in lowest if not one.allowance.budgeted],
    }
    return [_line(kind, found) for kind, found in kinds.items() if found]


def _line(kind: str, found: Sequence[Lowest]) -> str:
    worst = min(found, key=lambda one: one.share)
    allowed = min((o.allowance.wanted - o.allowance.allowed) / o.allowance.wanted for o in found)
    below = sum(one.below for one in found)
    return (
        f"{len(found)} workloads {kind}: never less than {worst.share:.0%} Ready"
        f" (allowed: {allowed:.0%}); {below} of them fell below what is allowed"
    )


def _fewest(lives: Iterable[Life]) -> int:
    ready, steps = 0, []
    for life in lives:
        if life.appeared is None and life.pod.ready:
            ready += 1
        elif life.ready is not None:
            steps.append((life.ready, 1))
        else:
            continue  # it never was Ready, so its end takes nothing away
        end = life.leaving if life.leaving is not None else life.gone
        if end is not None:
            steps.append((end, -1))
    fewest = ready
    # A pod that becomes Ready in the same event as another stops came first.
    for _, change in sorted(steps, key=lambda step: (step[0], -step[1])):
        ready += change
        fewest = min(fewest, ready)
    return fewest
