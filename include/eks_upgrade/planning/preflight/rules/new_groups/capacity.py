"""Whether reserved capacity has room for new nodes beside the old ones. Pure.

A node that a template binds to one reservation starts there or not at all.
"""

from collections.abc import Iterator, Mapping

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.instance_types import instance_types
from include.eks_upgrade.nodes.launch_templates.capacity import (
    is_capacity_block,
    only_reserved,
    reservation_of,
    resource_group_of,
)
from include.eks_upgrade.planning.preflight.rules.new_groups.surge import largest, listed

_BLOCK_REMEDY = (
    "leave it out of node_groups, and replace it when it may be empty: drain it, scale it to zero "
    "and make the new group by hand, or take a second Capacity Block"
)
_REMEDY = (
    "enlarge the reservation with ModifyCapacityReservation, or put the group on a version of its "
    "template that does not target it"
)


def capacity_problems(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, *, at_once: int
) -> list[Problem]:
    """Reservations that are gone, are for something else, or have too little room.

    Args:
        needs: nodes of each new group.
        facts: of the cluster.
        surge: of the groups.
        at_once: how many groups are replaced at the same time.
    """
    if surge.reservations is None:
        return []
    problems: list[Problem] = []
    by_reservation: dict[str, dict[str, int]] = {}
    for name, nodes in needs.items():
        target = reservation_of(surge.templates.get(name))
        if target:
            by_reservation.setdefault(target, {})[name] = nodes
        elif nodes and is_capacity_block(facts.node_groups[name], surge.templates.get(name)):
            problems.append(_no_block(name))
    for target, groups in by_reservation.items():
        problems += _judge(target, largest(groups, at_once), facts, surge)
    return problems


def _judge(
    target: str, groups: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts
) -> Iterator[Problem]:
    if not groups:
        return
    found = (surge.reservations or {}).get(target)
    if found is None or found.get("State") != "active":
        state = f"is {found.get('State')}" if found else "does not exist"
        yield Problem(
            f"capacity reservation {target}",
            f"the template of {', '.join(groups)} targets it, and it {state}: no node starts",
            "put the group on a version of its template that targets one that is active",
        )
        return
    yield from _room(target, found, groups, facts, surge)
    for name in groups:
        types = instance_types(facts.node_groups[name], surge.templates.get(name))
        if found.get("InstanceType") not in types:
            yield Problem(
                f"capacity reservation {target}",
                f"it is for {found.get('InstanceType')}, and node group {name} starts "
                f"{', '.join(types)}",
                _REMEDY,
            )


def _room(
    target: str, found: Raw, groups: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts
) -> Iterator[Problem]:
    free, need = int(found.get("AvailableInstanceCount") or 0), sum(groups.values())
    if need <= free:
        return
    block = any(
        is_capacity_block(facts.node_groups[name], surge.templates.get(name)) for name in groups
    )
    kind = "Capacity Block" if block else "capacity reservation"
    yield Problem(
        f"{kind} {target}",
        f"of its {counted(int(found.get('TotalInstanceCount') or 0), 'instance')} {free} "
        f"{agreeing(free, 'is', 'are')} free, and new groups beside the old ones need {need} "
        f"({listed(groups)})",
        _BLOCK_REMEDY if block else _REMEDY,
    )


def _no_block(name: str) -> Problem:
    return Problem(
        f"node group {name}",
        "its nodes live in a Capacity Block, and its launch template does not say in which, so "
        "nobody can say whether there is room for new nodes beside the old ones",
        _BLOCK_REMEDY,
    )


def capacity_warnings(needs: Mapping[str, int], surge: SurgeFacts) -> Iterator[str]:
    """Groups whose reserved capacity cannot be counted."""
    for name in needs:
        version = surge.templates.get(name)
        group = resource_group_of(version)
        if group:
            yield (
                f"node group {name}: its launch template targets the reservations of {group}; what "
                "has no room in them starts without a reservation"
            )
        elif only_reserved(version) and not reservation_of(version):
            yield (
                f"node group {name}: its nodes start in open capacity reservations only, whose "
                f"room was not counted; see that it is enough for {needs[name]} more"
            )
