"""In which order pods go: ordinary ones, then those whose owners want them left alone. Pure.

Cluster-critical pods (CoreDNS, …) are last, because all others need them.
"""

from enum import IntEnum

from include.eks_upgrade.kube.objects import Pod

PATIENCE = 30.0
"""Seconds without any pod moving that goes before them, after which later ones may go, too."""


class Precedence(IntEnum):
    """Who goes before whom; the lower goes first."""

    ORDINARY = 0
    PROTECTED = 1
    CRITICAL = 2


def precedence_of(pod: Pod, now: float) -> Precedence:
    """A pod's place; `now` in epoch seconds, because some protection ends with time."""
    if pod.critical:
        return Precedence.CRITICAL
    return Precedence.PROTECTED if pod.is_protected(now) else Precedence.ORDINARY
