"""How quickly a drain could have ended at best, from what an observer saw of its pods.

Pure: lives of pods and budgets in, seconds out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Protocol

from include.eks_upgrade.kube.objects import Pod


@dataclass
class Life:
    """What was seen of one pod; times are seconds of the observer's clock, None if not seen.

    Attributes:
        pod: it as first seen.
        node: the node it was last seen on.
        appeared: when it was first seen; None when it was there from the start.
        ready: when it was first seen Ready after it had appeared.
        leaving: when it was first seen with a deletion timestamp.
        gone: when its object was gone.
    """

    pod: Pod
    node: str = ""
    appeared: float | None = None
    ready: float | None = None
    leaving: float | None = None
    gone: float | None = None

    @property
    def start_seconds(self) -> float | None:
        """From its appearance to Ready."""
        return _between(self.appeared, self.ready)

    @property
    def stop_seconds(self) -> float | None:
        """From the wish to remove it to its end."""
        return _between(self.leaving, self.gone)


class Limit(Protocol):
    """How many of the pods it covers may be away: a budget, or what stands for one."""

    @property
    def allowed(self) -> int: ...

    def covers(self, pod: Pod) -> bool: ...


@dataclass(frozen=True)
class OwnStrategy:
    """The limit of a workload without a budget: what its own strategy lets a rollout take."""

    family: str
    allowed: int

    def covers(self, pod: Pod) -> bool:
        """Whether it is a pod of this workload."""
        return pod.family == self.family

    def __str__(self) -> str:
        return self.family


@dataclass(frozen=True)
class Bound:
    """The least seconds, and what sets them: a budget's name or `rate`."""

    seconds: float
    by: str


def lower_bound(
    lives: Iterable[Life],
    budgets: Sequence[Limit],
    moving: Mapping[str, Pod],
    *,
    requests_per_second: float | None = None,
) -> Bound:
    """The least time in which these pods could leave within their budgets.

    A budget over n of the moving pods that lets k go at a time lets its n pods go in
    ceil(n/k) rounds at the quickest: the next round may only begin when what replaces the
    round before is Ready, so that between the first eviction and the last there are
    ceil(n/k) - 1 starts of a pod, one after the other, and after the last eviction a pod has
    still to stop. Nothing else is counted (no request, no reaction of a controller before the
    replacement appears), so nobody who keeps the budget can be quicker. All budgets are worked
    off at the same time, so the slowest of them is the bound. Medians stand for the starts and
    stops, for an outlier in one round says nothing about the others.

    A client that sends r requests per second, and the first r of them at once, needs at least
    n/r - 1 seconds for n pods, whatever budgets they have, as each costs it a request.

    Args:
        lives: what was seen during the drain.
        budgets: as they were before it, with nothing disrupted: `allowed` is k. For workloads
            without one, their own strategy.
        moving: the pods that had to leave, by uid.
        requests_per_second: the limit that the drain kept; None where it had none.
    """
    seen = list(lives)
    start = _median(life.start_seconds for life in seen)
    stop = _median(life.stop_seconds for life in seen if life.pod.uid in moving)
    bounds = [_by_budget(budget, seen, moving, start, stop) for budget in budgets]
    bounds.append(Bound(stop if moving else 0.0, "stop time"))
    if requests_per_second:
        sending = max(0.0, len(moving) / requests_per_second - 1)
        bounds.append(Bound(sending + stop, "rate"))
    return max(bounds, key=lambda bound: bound.seconds)


def _by_budget(
    budget: Limit, lives: Sequence[Life], moving: Mapping[str, Pod], start: float, stop: float
) -> Bound:
    """The bound of one budget; `start` and `stop` are used where its own pods tell none."""
    count = sum(budget.covers(pod) for pod in moving.values())
    own = [life for life in lives if budget.covers(life.pod)]
    if not count:
        return Bound(0.0, str(budget))
    rounds = ceil(count / max(1, budget.allowed))
    own_start = _median((life.start_seconds for life in own), start)
    own_stop = _median((life.stop_seconds for life in own if life.pod.uid in moving), stop)
    return Bound((rounds - 1) * own_start + own_stop, str(budget))


def _median(values: Iterable[float | None], otherwise: float = 0.0) -> float:
    known = [value for value in values if value is not None]
    return median(known) if known else otherwise


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else end - begin
