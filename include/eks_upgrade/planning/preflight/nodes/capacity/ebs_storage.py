"""Whether the account's EBS quotas have room for the volumes of new nodes. Pure."""

from collections.abc import Iterator, Mapping

from include.eks_upgrade.aws.readings.group_needs import (
    EKS_VOLUMES,
    STORAGE,
    STORAGE_QUOTAS,
    Storage,
    volume_type,
    volumes_of,
)
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.launch_templates.version import template_data
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.rules.new_groups.surge import largest, listed, new_nodes
from include.eks_upgrade.planning.preflight.seen import Seen

DEFAULT_GIB = 20
"""What EKS gives a node of a group that says nothing (50 for Windows)."""

_TIB = 1024


def _judge(seen: Seen) -> Iterator[Finding]:
    rolled = groups_to_roll(seen.request, seen.target, seen.facts)
    surge = seen.facts.surge
    if not rolled or surge is None:
        return
    storage = seen.of(STORAGE)
    names = {name: replacement_name(name, str(seen.target)) for name in rolled}
    nodes = new_nodes(names, seen.facts, extra_nodes=seen.request.extra_nodes)
    for kind, found in storage.items():
        each = {
            name: count * _gib(seen.facts.node_groups[name], surge.templates.get(name), kind)
            for name, count in nodes.items()
        }
        need = largest(each, seen.request.max_groups_at_once)
        yield from _of_kind(kind, found, need)


def _of_kind(kind: str, found: Storage, need: Mapping[str, int]) -> Iterator[Finding]:
    total = sum(need.values())
    if not total or found.used + total <= found.quota * _TIB:
        return
    yield Finding(
        Severity.WARNS,
        f"quota of {kind} storage ({STORAGE_QUOTAS[kind]})",
        f"it is {found.quota:g} TiB, of which {found.used / _TIB:.1f} TiB are in use, and volumes "
        f"of new nodes beside the old ones need {total} GiB more ({listed(need)})",
        "ask AWS for a higher quota (Service Quotas, Amazon EBS), or delete volumes that nothing "
        "uses",
    )


def _gib(group: Raw, version: Raw | None, kind: str) -> int:
    """GiB of this type that one node of the group takes."""
    volumes = volumes_of(template_data(version))
    if volumes:
        return sum(
            int(one.get("VolumeSize") or DEFAULT_GIB) for one in volumes if volume_type(one) == kind
        )
    return int(group.get("diskSize") or DEFAULT_GIB) if kind == EKS_VOLUMES else 0


CHECK = Check(
    "ebs_storage",
    "Is there room for the volumes of new nodes in the account's EBS quotas?",
    "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-resource-quotas.html",
    _judge,
)
