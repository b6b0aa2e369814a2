"""Annotations by which a pod's owner asks the autoscalers not to disturb it. Pure.

`cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`
(https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md) and
`karpenter.sh/do-not-disrupt` (https://karpenter.sh/docs/concepts/disruption/), which is `true` or,
since 2026, a duration after the pod's start at which the protection ends; before its version 0.32
Karpenter called it `do-not-evict`. No API server knows of them: an eviction is not refused for
them.
"""

from collections.abc import Mapping
from math import inf

from include.eks_upgrade.common.time.go_duration import seconds_of

SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"
DO_NOT_DISRUPT = ("karpenter.sh/do-not-disrupt", "karpenter.sh/do-not-evict")


def protection_of(
    annotations: Mapping[str, str], started: float | None
) -> tuple[str, float | None]:
    """What protects a pod, and until when.

    Args:
        annotations: the pod's.
        started: epoch seconds of its start; None before that.

    Returns:
        The annotation with its value (`karpenter.sh/do-not-disrupt: 30m`), empty without any, and
        the epoch seconds at which that ends (None: never). Of several the one that lasts longest.
    """
    found = []
    if annotations.get(SAFE_TO_EVICT, "").strip().lower() == "false":
        found.append((SAFE_TO_EVICT, inf))
    for key in DO_NOT_DISRUPT:
        seconds = _protected_seconds(annotations.get(key, "").strip())
        if seconds:
            # A pod that has not started has all of its time before it, as Karpenter sees it.
            found.append((key, inf if started is None else started + seconds))
    if not found:
        return "", None
    key, until = max(found, key=lambda each: each[1])
    return f"{key}: {annotations[key].strip()}", None if until == inf else until


def _protected_seconds(value: str) -> float:
    """For how long a value of Karpenter's protects: 0 when it says nothing it would understand."""
    if value.lower() == "true":
        return inf
    try:
        return seconds_of(value)
    except ValueError:
        return 0.0
