"""Zonal shifts: one in progress leaves a zone out while nodes are replaced. Pure.

What EKS does meanwhile: it cordons the nodes of the zone, takes the zone out of the Auto Scaling
groups of managed node groups, suspends their rebalancing, and takes the endpoints of the zone's
pods away. It evicts nothing and leaves the control plane alone.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from include.eks_upgrade.aws.readings.zonal_shifts import (
    AUTOSHIFT,
    ZONAL_SHIFTS,
    ZonalShift,
    shifts_of,
    takes_part,
)
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few, unstopped
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

_KINDS = {
    "ZONAL_SHIFT": "a zonal shift that somebody started",
    AUTOSHIFT: "an autoshift of AWS",
    "PRACTICE_RUN": "a practice run of ARC (of half an hour as a rule)",
    "FIS_EXPERIMENT": "an experiment of AWS FIS",
}
_NOTHING = "nothing is to be done"
_LOOK = "aws arc-zonal-shift get-managed-resource --resource-identifier {arn}"


def _judge(seen: Seen) -> Iterator[Finding]:
    if not takes_part(seen.facts.cluster) or not seen.rolled:
        return
    resource, ids = seen.of(ZONAL_SHIFTS), {name: id for id, name in _names_of_zones(seen).items()}
    shifts = [replace(one, zone=ids.get(one.zone, one.zone)) for one in shifts_of(resource)]
    away = frozenset(one.zone for one in shifts if one.in_effect)
    if not away:
        yield _possible(resource)
    for shift in shifts:
        yield from _of_shift(shift, away, seen)


def _possible(resource: Raw) -> Finding:
    autoshift = resource.get("zonalAutoshiftStatus") == "ENABLED"
    starts = "AWS may start one by itself, for practice too" if autoshift else "one may be started"
    return Finding(
        Severity.INFORMS,
        "zonal shift",
        f"it is enabled and none is in effect; {starts}. EKS then cordons the nodes of that zone "
        "and starts new ones in the others",
        _NOTHING,
    )


def _of_shift(shift: ZonalShift, away: Collection[str], seen: Seen) -> Iterator[Finding]:
    subject = f"zone {shift.zone}"
    begun = _told(shift, _names_of_zones(seen).get(shift.zone, ""))
    if not shift.in_effect:
        what = f"{begun}, and not in effect: another one has precedence"
        yield Finding(Severity.INFORMS, subject, what, _NOTHING)
        return
    zones = {group: _zones_of(group, seen) for group in seen.rolled}
    there = [group for group in seen.rolled if not zones[group] or shift.zone in zones[group]]
    if not there:
        what = f"{begun}; no node group that is replaced has subnets in this zone"
        yield Finding(Severity.INFORMS, subject, what, _NOTHING)
        return
    alone = [group for group in there if zones[group] and zones[group] <= set(away)]
    if alone:
        yield Finding(Severity.BLOCKS, subject, _nowhere(begun, alone), _remedy(shift, seen))
    others = [group for group in there if group not in alone]
    if others:
        yield Finding(Severity.WARNS, subject, _elsewhere(begun, others), _remedy(shift, seen))


def _told(shift: ZonalShift, name: str) -> str:
    kind = _KINDS.get(shift.kind, f"a shift of type {shift.kind}")
    # The end of a practice run is told as a minute after its start, whatever it is.
    until = "" if shift.kind == "PRACTICE_RUN" else moment_text(shift.until)
    told = f"{kind} leads traffic away from it" + (f" ({name})" if name else "")
    told += f" until {until}" if until else ""
    return f'{told} ("{unstopped(shift.comment)}")' if shift.comment else told


def _nowhere(begun: str, groups: Collection[str]) -> str:
    return (
        f"{begun}. EKS starts no node in a zone that is shifted away from, and new groups of "
        f"{first_few(groups)} could have nodes nowhere else"
    )


def _elsewhere(begun: str, groups: Collection[str]) -> str:
    return (
        f"{begun}. EKS has cordoned its nodes and starts new ones in other zones only: all new "
        f"nodes of {first_few(groups)} will stand in those, and a pod that is moved and has its "
        "volume in this zone finds no node until the shift ends"
    )


def _remedy(shift: ZonalShift, seen: Seen) -> str:
    look = _LOOK.format(arn=seen.facts.cluster.get("arn"))
    wait = f"upgrade when it has ended ({look})"
    if shift.id and shift.kind == "ZONAL_SHIFT":
        end = f"aws arc-zonal-shift cancel-zonal-shift --zonal-shift-id {shift.id}"
        return f"{wait}; if the zone is well again, its owner can end it: {end}"
    return wait


def _subnets(seen: Seen) -> dict[str, Raw]:
    own = {str(one.get("SubnetId")): one for one in seen.facts.subnets}
    return {**own, **(seen.facts.surge.subnets if seen.facts.surge else {})}


def _names_of_zones(seen: Seen) -> dict[str, str]:
    return {
        str(one["AvailabilityZoneId"]): str(one.get("AvailabilityZone") or "")
        for one in _subnets(seen).values()
        if one.get("AvailabilityZoneId")
    }


def _zones_of(group: str, seen: Seen) -> frozenset[str]:
    """The ids of a group's zones; empty where one of them is not known."""
    known = _subnets(seen)
    subnets = seen.facts.node_groups[group].get("subnets") or ()
    zones = [str((known.get(one) or {}).get("AvailabilityZoneId") or "") for one in subnets]
    return frozenset(zones) if all(zones) else frozenset()


CHECK = Check(
    "zonal_shift",
    "Does a zonal shift leave out a zone of the new nodes?",
    "https://docs.aws.amazon.com/eks/latest/userguide/zone-shift.html and "
    "https://docs.aws.amazon.com/arc-zonal-shift/latest/api/API_GetManagedResource.html",
    _judge,
)
