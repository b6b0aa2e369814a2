"""Whether the zones of the new nodes offer their instance types. Pure.

Offered is not in stock: that EC2 tells only whoever asks for an instance.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.readings.group_needs import OFFERINGS
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.images.instance_types import instance_types
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.seen import Seen

_REMEDY = (
    "give the group other instance types or subnets (its own are copied), or leave it out of "
    "node_groups and replace it by hand"
)


def _judge(seen: Seen) -> Iterator[Finding]:
    rolled = groups_to_roll(seen.request, seen.target, seen.facts)
    if not rolled or seen.facts.surge is None:
        return
    offerings = seen.of(OFFERINGS)
    for name in rolled:
        group = seen.facts.node_groups[name]
        types = instance_types(group, seen.facts.surge.templates.get(name))
        zones = _zones(group.get("subnets") or (), seen.facts.surge)
        lacking = {
            zone: [one for one in types if zone not in offerings.get(one, frozenset())]
            for zone in zones
        }
        yield from _of_group(name, types, lacking)


def _zones(subnets: tuple[str, ...] | list[str], surge: SurgeFacts) -> list[str]:
    """Those of subnets that exist and tell their zone."""
    found = (str((surge.subnets.get(one) or {}).get("AvailabilityZone") or "") for one in subnets)
    return sorted({zone for zone in found if zone})


def _of_group(name: str, types: list[str], lacking: dict[str, list[str]]) -> Iterator[Finding]:
    subject = f"node group {name}"
    nowhere = [zone for zone, missing in lacking.items() if set(missing) == set(types)]
    if nowhere and len(nowhere) == len(lacking):
        yield Finding(
            Severity.BLOCKS,
            subject,
            f"EC2 offers {first_few(types)} in none of its zones ({first_few(nowhere)}): no new "
            "node starts",
            _REMEDY,
        )
        return
    if nowhere:
        yield Finding(
            Severity.WARNS,
            subject,
            f"EC2 does not offer {first_few(types)} in {first_few(nowhere)}: new nodes start in "
            "its other zones only, and pods whose volumes are there have nowhere to go",
            _REMEDY,
        )
    for zone, missing in lacking.items():
        if missing and zone not in nowhere:
            yield Finding(
                Severity.INFORMS,
                subject,
                f"of its types EC2 does not offer {first_few(missing)} in {zone}",
                "nothing is to be done: its other types are offered there",
            )


CHECK = Check(
    "instance_type_offerings",
    "Do the zones of the new nodes offer their instance types?",
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html",
    _judge,
)
