"""Whether the cluster takes part in zonal shifts, one of which may come between. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    enabled = (seen.facts.cluster.get("zonalShiftConfig") or {}).get("enabled")
    if not enabled or not groups_to_roll(seen.request, seen.target, seen.facts):
        return
    yield Finding(
        Severity.INFORMS,
        "zonal shift",
        "it is enabled: while a shift is in progress, EKS cordons the nodes of that zone and "
        "starts new ones in the others. Whether one is in progress is not read here",
        "see before the run that no shift is in progress (aws arc-zonal-shift list-zonal-shifts)",
    )


CHECK = Check(
    "zonal_shift",
    "May a zonal shift move nodes while they are replaced?",
    "https://docs.aws.amazon.com/eks/latest/userguide/zone-shift.html",
    _judge,
)
