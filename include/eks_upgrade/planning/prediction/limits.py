"""What a drain has to obey: pods that move, and how many of them may be away at a time.

Plain data between what was read (`moving.py`) and what is played through (`simulate.py`).
"""

from dataclasses import dataclass
from math import ceil

from include.eks_upgrade.drain.order.precedence import Precedence


@dataclass(frozen=True, kw_only=True, slots=True)
class MovingPod:
    """One pod that has to go.

    Attributes:
        name: `namespace/name`.
        node: where it is.
        cycle: seconds from being asked to go until its replacement is Ready; 0 where it holds
            nobody up.
        least: the same at the very best.
        stop: seconds from being asked to go until it is gone.
        not_before: seconds into the drain before which it is not asked: its Job is waited for.
        counted: whether it takes a place of its limit; one that is not Ready often does not.
        grace: its grace period, by which the drain ranks its pods.
    """

    name: str
    node: str
    cycle: float = 0.0
    least: float = 0.0
    stop: float = 0.0
    not_before: float = 0.0
    counted: bool = True
    grace: int = 30
    precedence: Precedence = Precedence.ORDINARY


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Pods that are let go by the same rule.

    Attributes:
        name: `budget shop/web`, or a workload without one, `Deployment shop/web`.
        rule: `maxUnavailable 1`; where the number comes from.
        allowed: how many of its pods may be away at a time; None: any number.
        observed: whether the start-up of its pods was seen; else it is a default.
    """

    name: str
    pods: tuple[MovingPod, ...]
    rule: str = ""
    allowed: int | None = None
    observed: bool = True

    @property
    def rounds(self) -> int:
        """How many times it has to wait for a replacement, and one: ceil(pods / allowed)."""
        counted = sum(pod.counted for pod in self.pods)
        return ceil(counted / self.allowed) if self.allowed else 1

    @property
    def bound(self) -> float:
        """Seconds in which its pods have gone at the very best.

        The next round begins when what replaces the one before is Ready; the last pods only have
        to leave.
        """
        quickest = min((pod.least for pod in self.pods if pod.counted), default=0.0)
        return max(0, self.rounds - 1) * quickest


def lower_bound(limits: tuple[Limit, ...] | list[Limit], requests_per_second: float) -> float:
    """Seconds that a drain takes at the very best: its slowest limit, or the rate of requests.

    A client that sends r requests in a second, and the first r at once, needs n/r - 1 seconds.
    """
    pods = sum(len(limit.pods) for limit in limits)
    sending = max(0.0, pods / requests_per_second - 1) if requests_per_second > 0 else 0.0
    return max([sending, *(limit.bound for limit in limits)])
