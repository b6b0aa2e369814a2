"""Whether capacity that the new nodes are bound to ends soon. Pure.

The instances of a Capacity Block are taken away half an hour before it ends.
"""

from collections.abc import Iterator
from datetime import timedelta

from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.common.time.moments import moment_of, moment_text
from include.eks_upgrade.nodes.launch_templates.capacity import is_capacity_block, reservation_of
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.seen import Seen

SOON = timedelta(days=3)


def _judge(seen: Seen) -> Iterator[Finding]:
    surge = seen.facts.surge
    if surge is None:
        return
    bound = {
        name: target
        for name in groups_to_roll(seen.request, seen.target, seen.facts)
        if (target := reservation_of(surge.templates.get(name)))
    }
    if not bound:
        return
    if surge.reservations is None:
        raise NotKnown("the capacity reservations could not be read: DescribeCapacityReservations")
    for name, target in bound.items():
        end = moment_of((surge.reservations.get(target) or {}).get("EndDate"))
        if end is None or end - seen.moment > SOON:
            continue
        block = is_capacity_block(seen.facts.node_groups[name], surge.templates.get(name))
        kind = "Capacity Block" if block else "capacity reservation"
        effect = (
            "EC2 takes its instances away half an hour before" if block
            else "what starts after that has no reservation"
        )  # fmt: skip
        yield Finding(
            Severity.WARNS,
            f"{kind} {target}",
            f"node group {name} is bound to it, and it ends at {moment_text(end)}: {effect}",
            "upgrade this group in time before, or when it has new capacity; else leave it out of "
            "node_groups",
        )


CHECK = Check(
    "reservations_ending",
    "Does reserved capacity of the new nodes end soon?",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html and "
    "https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html",
    _judge,
)
