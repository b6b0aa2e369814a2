"""Zonal shifts of a cluster: what ARC shows of them, and what EKS does because of one.

moto has no such service. EKS cordons the zone's nodes, takes the zone out of the Auto Scaling
groups of managed node groups and suspends their rebalancing; nothing is evicted or ended:
https://docs.aws.amazon.com/eks/latest/userguide/zone-shift.html. Endpoints stay as they are here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from moto.eks.models import eks_backends

from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.nodes import edit_node
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, GroupState, new_id
from include.rehearsal.aws.errors import not_found

AUTOSHIFT: Final = "ZONAL_AUTOSHIFT"
REBALANCE: Final = "AZRebalance"
_ZONE: Final = "topology.kubernetes.io/zone"


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A shift to be.

    Attributes:
        zone: by its name, `eu-west-1a`; ARC and its answers have the zone's id.
        hours: until it ends by itself.
        kind: as `shiftType` of the model; an autoshift stands in a list of its own.
    """

    zone: str
    hours: float = 12.0
    comment: str = ""
    kind: str = "ZONAL_SHIFT"


def managed_resource(request: Mapping[str, Any]) -> dict[str, Any]:
    """GetManagedResource of a cluster that takes part.

    Raises:
        AwsError: ResourceNotFoundException.
    """
    arn = str(request["resourceIdentifier"])
    region, state = _of_arn(arn)
    zones = {str(one.availability_zone_id) for one in _subnets(region, state)}
    away = {one["awayFrom"] for one in state.zonal_shifts}
    shown = [dict(one) for one in state.zonal_shifts]
    return {
        "arn": arn,
        "name": state.name,
        "appliedWeights": {one: float(one not in away) for one in sorted(zones)},
        "zonalShifts": [one for one in shown if one["shiftType"] != AUTOSHIFT],
        "autoshifts": [_as_autoshift(one) for one in shown if one["shiftType"] == AUTOSHIFT],
        "zonalAutoshiftStatus": "DISABLED",
    }


def _of_arn(arn: str) -> tuple[EksRegion, ClusterState]:
    _, _, _, place, account, path = (arn.split(":", 5) + [""] * 6)[:6]
    region: EksRegion = eks_backends[account][place]
    state = region.clusters.get(path.removeprefix("cluster/"))
    if state is None or not (state.raw.get("zonalShiftConfig") or {}).get("enabled"):
        raise not_found(f"Resource not found for ARN: {arn}")
    return region, state


def _as_autoshift(shift: dict[str, Any]) -> dict[str, Any]:
    return {key: shift[key] for key in ("appliedStatus", "awayFrom", "startTime")}


def start(region: EksRegion, state: ClusterState, shift: Shift) -> str:
    """A shift begins, and ends by itself; its id. Under the world's lock."""
    zone = next(one for one in _subnets(region, state) if one.availability_zone == shift.zone)
    now, made = world().clock.datetime(), new_id()
    begun = {
        "zonalShiftId": made,
        "resourceIdentifier": state.raw["arn"],
        "awayFrom": zone.availability_zone_id,
        "startTime": now.timestamp(),
        "expiryTime": (now + timedelta(hours=shift.hours)).timestamp(),
        "comment": shift.comment,
        "shiftType": shift.kind,
        "appliedStatus": "APPLIED",
    }
    state.zonal_shifts.append(begun)
    cordoned = [_name(node) for node in _nodes(state, shift.zone) if not _is_cordoned(node)]
    _cordon(state, cordoned, on=True)
    for group in _groups(region, state):
        group.suspended_processes = [*_suspended(group), REBALANCE]
    _set_subnets(region, state)
    world().clock.later(shift.hours * 3600, lambda: _end(region, state, made, cordoned))
    return made


def _end(region: EksRegion, state: ClusterState, made: str, cordoned: list[str]) -> None:
    state.zonal_shifts = [one for one in state.zonal_shifts if one["zonalShiftId"] != made]
    _cordon(state, cordoned, on=False)
    for group in _groups(region, state):
        group.suspended_processes = [one for one in _suspended(group) if one != REBALANCE]
    _set_subnets(region, state)


def open_subnets(region: EksRegion, state: ClusterState, group: GroupState) -> list[str]:
    """A group's subnets outside zones that are shifted away from; all where none is left.

    What EKS does with a group that has no other zone is not written anywhere.
    """
    away = {one["awayFrom"] for one in state.zonal_shifts}
    subnets = [str(one) for one in group.raw["subnets"]]
    return [one for one in subnets if _zone_id(region, one) not in away] or subnets


def _set_subnets(region: EksRegion, state: ClusterState) -> None:
    for group in state.groups.values():
        asg = region.autoscaling.autoscaling_groups.get(group.asg)
        if asg is not None:
            asg.vpc_zone_identifier = ",".join(open_subnets(region, state, group))


def _zone_id(region: EksRegion, subnet: str) -> str:
    return str(region.ec2.get_subnet(subnet).availability_zone_id)


def _subnets(region: EksRegion, state: ClusterState) -> Iterator[Any]:
    """moto's, of the cluster and of its node groups."""
    own = state.raw["resourcesVpcConfig"]["subnetIds"]
    groups = (one for group in state.groups.values() for one in group.raw["subnets"])
    yield from (region.ec2.get_subnet(one) for one in dict.fromkeys([*own, *groups]))


def _groups(region: EksRegion, state: ClusterState) -> Iterator[RehearsalGroup]:
    found = region.autoscaling.autoscaling_groups
    yield from (found[group.asg] for group in state.groups.values() if group.asg in found)


def _suspended(group: RehearsalGroup) -> list[str]:
    return [one["ProcessName"] for one in group.suspended_processes]


def _nodes(state: ClusterState, zone: str) -> Iterator[dict[str, Any]]:
    kube = world().kube(state.key)
    for node in kube.store.list("nodes") if kube else ():
        if (node["metadata"].get("labels") or {}).get(_ZONE) == zone:
            yield node


def _name(node: dict[str, Any]) -> str:
    return str(node["metadata"]["name"])


def _is_cordoned(node: dict[str, Any]) -> bool:
    return bool((node.get("spec") or {}).get("unschedulable"))


def _cordon(state: ClusterState, names: list[str], *, on: bool) -> None:
    for name in names:
        edit_node(world().kube(state.key), name, _setting(on=on))


def _setting(*, on: bool) -> Callable[[dict[str, Any]], None]:
    def edit(node: dict[str, Any]) -> None:
        node["spec"]["unschedulable"] = on

    return edit
