"""Whether the subnets of the new groups are there and have addresses for the surge. Pure.

Refused is what is certain: a subnet that is gone, or fewer addresses than there will be nodes.
Pods are another matter: how many addresses they will take is an estimate, so it is a warning.
"""

from collections.abc import Collection, Iterator, Mapping

from include.eks_upgrade.aws.capacity.surge import CniMode, SurgeFacts
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.instance_types import instance_types
from include.eks_upgrade.planning.preflight.rules.new_groups.addresses import PREFIX, pod_addresses
from include.eks_upgrade.planning.preflight.rules.new_groups.surge import largest, listed

_REMEDY = (
    "free addresses there, or leave groups out of node_groups; a node group keeps its subnets for "
    "life, so others are given to a new group made by hand"
)


def new_group_subnet_problems(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, *, at_once: int
) -> list[Problem]:
    """Subnets that cannot be used, and those with too few addresses for the nodes.

    Args:
        needs: nodes of each new group.
        facts: of the cluster.
        surge: of the groups.
        at_once: how many groups are replaced at the same time.
    """
    problems = [
        problem
        for name in needs
        for subnet in facts.node_groups[name].get("subnets") or ()
        for problem in _unusable(name, subnet, surge)
    ]
    for subnets, groups in _by_subnets(needs, facts).items():
        problems += _too_few(subnets, largest(groups, at_once), surge)
    return problems


def _unusable(name: str, subnet: str, surge: SurgeFacts) -> Iterator[Problem]:
    found = surge.subnets.get(subnet)
    if found is not None and found.get("State", "available") == "available":
        return
    state = "does not exist any more" if found is None else f"is {found.get('State')}"
    yield Problem(
        f"node group {name}",
        f"its subnet {subnet} {state}, and EKS makes no group in it",
        "replace the group by hand with one in other subnets: a node group keeps its subnets",
    )


def _by_subnets(
    needs: Mapping[str, int], facts: ClusterFacts
) -> dict[tuple[str, ...], dict[str, int]]:
    """Groups that share all their subnets, with their needs."""
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for name, need in needs.items():
        subnets = tuple(sorted(facts.node_groups[name].get("subnets") or ()))
        found.setdefault(subnets, {})[name] = need
    return found


def _free(subnets: Collection[str], surge: SurgeFacts) -> dict[str, int] | None:
    """Free IPv4 addresses by subnet; None when one of them needs or tells none."""
    found: list[tuple[str, Raw]] = [
        (one, surge.subnets[one]) for one in subnets if one in surge.subnets
    ]
    if not found or any(
        raw.get("Ipv6Native") or raw.get("AvailableIpAddressCount") is None for _, raw in found
    ):
        return None
    return {name: int(raw["AvailableIpAddressCount"]) for name, raw in found}


def _too_few(
    subnets: Collection[str], groups: Mapping[str, int], surge: SurgeFacts
) -> Iterator[Problem]:
    free, need = _free(subnets, surge), sum(groups.values())
    if free is None or need <= sum(free.values()):
        return
    yield Problem(
        f"subnets of node groups {', '.join(groups)}",
        f"they have {sum(free.values())} free addresses ({listed(free)}), and the new nodes alone "
        f"take {need} ({listed(groups)}) beside the old ones",
        _REMEDY,
    )


def new_group_subnet_warnings(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, *, at_once: int
) -> Iterator[str]:
    """Where pods on the new nodes may find no address, as far as the CNI's mode is known."""
    if not needs or _ipv6(facts):  # pods have IPv6 addresses, of which there are always enough
        return
    if surge.cni is None:
        yield (
            "how pods get their addresses is not known (no DaemonSet aws-node and no add-on "
            "vpc-cni tells it), so free addresses are judged for nodes only"
        )
        return
    for subnets, groups in _by_subnets(needs, facts).items():
        at_once_groups = largest(groups, at_once)
        if surge.cni.custom_network:
            yield from _custom_network(at_once_groups, facts, surge)
        else:
            yield from _short(subnets, at_once_groups, facts, surge, surge.cni)


def _ipv6(facts: ClusterFacts) -> bool:
    return (facts.cluster.get("kubernetesNetworkConfig") or {}).get("ipFamily") == "ipv6"


def _short(
    subnets: Collection[str],
    groups: Mapping[str, int],
    facts: ClusterFacts,
    surge: SurgeFacts,
    mode: CniMode,
) -> Iterator[str]:
    free = _free(subnets, surge)
    needs = {
        name: nodes * (1 + _of_a_node(name, facts, surge, mode)) for name, nodes in groups.items()
    }
    if free is None or not needs:
        return
    need, where = sum(needs.values()), f"subnets of node groups {', '.join(groups)}"
    if need > sum(free.values()):
        yield (
            f"{where}: {sum(free.values())} free addresses ({listed(free)}), and nodes with their "
            f"pods take about {need} ({listed(needs)}); pods may wait for an address until old "
            "nodes are gone"
        )
    elif mode.prefixes:
        yield (
            f"{where}: the CNI takes prefixes of {PREFIX} addresses in a row, which a subnet in "
            "pieces may lack although single addresses are free (InsufficientCidrBlocks); "
            f"{sum(free.values())} are free, about {need} are needed"
        )


def _of_a_node(name: str, facts: ClusterFacts, surge: SurgeFacts, mode: CniMode) -> int:
    """Addresses for the pods of one node: by the group's greatest type, or as an old one has."""
    types = instance_types(facts.node_groups[name], surge.templates.get(name))
    wanted = [pod_addresses(mode, surge.instance_types.get(one), pods=1) for one in types]
    # The pods will be those that the old nodes have addresses for now.
    return max(*wanted, surge.held.get(name, 0), 0)


def _custom_network(
    groups: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts
) -> Iterator[str]:
    """Pods' addresses come from the subnets of ENIConfigs: seen where old nodes have interfaces."""
    for name, nodes in groups.items():
        own = set(facts.node_groups[name].get("subnets") or ())
        of_pods = sorted(surge.networks.get(name, frozenset()) - own)
        free = _free(of_pods, surge)
        if free is None:
            yield (
                f"node group {name}: its pods get addresses from the subnets of an ENIConfig, and "
                "which those are is not seen from its present nodes, so they are not judged"
            )
            continue
        mode = surge.cni or CniMode()
        need = nodes * (1 + _of_a_node(name, facts, surge, mode))
        if need > sum(free.values()):
            yield (
                f"node group {name}: its pods' subnets have {sum(free.values())} free addresses "
                f"({listed(free)}), and the new nodes take about {need}; pods may wait for an "
                "address until old nodes are gone"
            )
