"""How long pods take to start and to stop: what those that run show, or a default that is said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median_grouped

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.prediction.defaults import START_SECONDS, STOP_SHARE


@dataclass(frozen=True)
class Starts:
    """The start-up times of a cluster's workloads.

    Attributes:
        by_family: seconds, of workloads of which a pod shows it.
        otherwise: of the others: the middle of all pods, or a default where none shows it.
    """

    by_family: Mapping[str, float]
    otherwise: float = START_SECONDS

    def of(self, family: str) -> float:
        """Seconds from a pod's node until it is Ready."""
        return self.by_family.get(family, self.otherwise)

    def observed(self, family: str) -> bool:
        """Whether a pod of this very workload shows it."""
        return family in self.by_family


def observed_starts(pods: Iterable[SurveyedPod]) -> Starts:
    """What the pods on the old nodes show."""
    seen = by_key(
        (one.pod.family, one.start_seconds)
        for one in pods
        if one.pod.family and one.start_seconds is not None
    )
    every = [seconds for found in seen.values() for seconds in found]
    by_family = {family: _middle(seconds) for family, seconds in seen.items()}
    return Starts(by_family, _middle(every) if every else START_SECONDS)


def stop_seconds(one: SurveyedPod, grace_period_seconds: int | None = None) -> float:
    """From being asked to go until gone: the sleep of its hooks, and a share of its grace period.

    Args:
        one: the pod.
        grace_period_seconds: what the drain gives every pod instead of its own.
    """
    own = one.pod.grace_seconds if grace_period_seconds is None else grace_period_seconds
    return min(float(own), one.pre_stop_seconds + own * STOP_SHARE)


def _middle(seconds: list[float]) -> float:
    # Kubernetes writes whole seconds: each value stands for the second around it.
    return max(0.0, median_grouped(seconds, interval=1)) if len(seconds) > 1 else seconds[0]
