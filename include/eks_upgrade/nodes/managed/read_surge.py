"""Reading what the replacements of node groups will take, for the plan. Nothing is changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.aws.auto_scaling.read_asg_extras import ask_asg_extras
from include.eks_upgrade.aws.capacity.quota_codes import (
    GROUPS_PER_CLUSTER,
    NODES_PER_GROUP,
    vcpu_quota,
)
from include.eks_upgrade.aws.capacity.read_capacity import (
    read_instance_types,
    read_instances,
    read_reservations,
    read_subnets,
)
from include.eks_upgrade.aws.capacity.read_quotas import read_quotas
from include.eks_upgrade.aws.capacity.surge import CniMode, SurgeFacts
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.node_groups import asg_name
from include.eks_upgrade.common.raw import Raw, RawDict
from include.eks_upgrade.nodes.images.instance_types import instance_types
from include.eks_upgrade.nodes.launch_templates.capacity import reservation_of
from include.eks_upgrade.nodes.launch_templates.read_version import read_version

_CLUSTER_TAG, _GROUP_TAG = "eks:cluster-name", "eks:nodegroup-name"
_PREFIX = 16


def read_surge(
    clients: AwsClients,
    groups: Mapping[str, Raw],
    cni: CniMode | None,
    known_subnets: Iterable[Raw] = (),
) -> SurgeFacts:
    """Ask AWS about everything that new groups beside these would need.

    Args:
        clients: EC2 and Service Quotas are read.
        groups: raw node groups that are to be replaced, by name.
        cni: the VPC CNI's mode, None when nothing tells it.
        known_subnets: raw subnets that were read a moment ago; they are not asked for again.

    Raises:
        Refused, Unreachable, UnexpectedResponse: EC2 gave no answer about templates, subnets or
            types, without which no group can be replaced.
    """
    if not groups:
        return SurgeFacts(cni=cni)
    templates = {
        name: read_version(clients.ec2, group.get("launchTemplate"))
        for name, group in groups.items()
    }
    types = {name: instance_types(group, templates[name]) for name, group in groups.items()}
    instances, no_instances = read_instances(clients.ec2)
    in_use = _InUse.of(instances or (), groups)
    reservations, no_reservations = read_reservations(
        clients.ec2, filter(None, map(reservation_of, templates.values()))
    )
    quotas, no_quotas = read_quotas(clients.quotas, _codes(groups, types))
    extras, no_extras = _read_extras(clients, groups)
    return SurgeFacts(
        asg_extras=extras,
        templates=templates,
        subnets=_read_subnets(clients, _subnets(groups, in_use), known_subnets),
        networks=in_use.networks,
        held=in_use.held,
        instance_types=read_instance_types(
            clients.ec2, {one for names in types.values() for one in names}
        ),
        instances=instances,
        reservations=reservations,
        quotas=quotas,
        cni=cni,
        unknown=(*no_instances, *no_reservations, *no_quotas, *no_extras),
    )


def _read_extras(
    clients: AwsClients, groups: Mapping[str, Raw]
) -> tuple[dict[str, AsgExtras], tuple[str, ...]]:
    found: dict[str, AsgExtras] = {}
    unknown: tuple[str, ...] = ()
    for name, group in groups.items():
        asg = asg_name(group)
        if asg is None:
            continue
        extras, missing = ask_asg_extras(clients.autoscaling, asg)
        unknown += missing
        if extras is not None:
            found[name] = extras
    return found, unknown


def _read_subnets(
    clients: AwsClients, wanted: set[str], known: Iterable[Raw]
) -> dict[str, RawDict]:
    there = {str(one["SubnetId"]): dict(one) for one in known if one["SubnetId"] in wanted}
    return there | read_subnets(clients.ec2, wanted - there.keys())


def _subnets(groups: Mapping[str, Raw], in_use: "_InUse") -> set[str]:
    """Those of the groups, and those in which their nodes have further interfaces."""
    own = {str(one) for group in groups.values() for one in group.get("subnets") or ()}
    return own.union(*in_use.networks.values())


def _codes(groups: Mapping[str, Raw], types: Mapping[str, list[str]]) -> list[str]:
    """The quotas that the groups meet, each once."""
    codes = [GROUPS_PER_CLUSTER, NODES_PER_GROUP]
    for name, group in groups.items():
        spot = group.get("capacityType") == "SPOT"
        codes += [code for one in types[name] if (code := vcpu_quota(one, spot=spot))]
    return list(dict.fromkeys(codes))


@dataclass(frozen=True)
class _InUse:
    """What the present nodes of the groups have of networks; see `SurgeFacts`."""

    networks: dict[str, frozenset[str]]
    held: dict[str, int]

    @classmethod
    def of(cls, instances: Iterable[Raw], groups: Mapping[str, Raw]) -> "_InUse":
        """Of all instances of the region, those that EKS has tagged as the groups'."""
        found = cls({}, {})
        for instance in instances:
            name = _group_of(instance)
            group = groups.get(name)
            if group is None or _tag(instance, _CLUSTER_TAG) != group.get("clusterName"):
                continue
            interfaces = instance.get("NetworkInterfaces") or ()
            subnets = {str(one["SubnetId"]) for one in interfaces if one.get("SubnetId")}
            found.networks[name] = found.networks.get(name, frozenset()) | subnets
            held = sum(map(_held_for_pods, interfaces))
            found.held[name] = max(held, found.held.get(name, 0))
        return found


def _held_for_pods(interface: Raw) -> int:
    """Addresses of an interface beside its own first one."""
    addresses = len(interface.get("PrivateIpAddresses") or ())
    return max(addresses - 1, 0) + _PREFIX * len(interface.get("Ipv4Prefixes") or ())


def _group_of(instance: Raw) -> str:
    return _tag(instance, _GROUP_TAG)


def _tag(instance: Raw, key: str) -> str:
    """An instance's tag; these two EKS itself puts on a group's nodes."""
    found = (one.get("Value") for one in instance.get("Tags") or () if one.get("Key") == key)
    return str(next(found, ""))
