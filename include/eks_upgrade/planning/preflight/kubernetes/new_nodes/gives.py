"""What a new node of a group gives to pods, as little and as much as it may be. Pure.

Of a type that the group has nodes of already, it is what those give. Of another it is reckoned from
what EC2 says of the type, less what EKS's images keep back for the kubelet and the system:
https://github.com/awslabs/amazon-eks-ami (nodeadm, kubelet defaults). Memory that the machine
itself takes is put at 7.5 %, as Karpenter does (VM_MEMORY_OVERHEAD_PERCENT).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.readings.nodes.node_rooms import NodeRoom
from include.eks_upgrade.nodes.images.instance_types import instance_types
from include.eks_upgrade.planning.packing.model import Amounts
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

PODS, CPU, MEMORY = "pods", "cpu", "memory"
GPU = "nvidia.com/gpu"
MIB = 2.0**20
EVICTION_MIB = 100
OVERHEAD = 0.075


@dataclass(frozen=True)
class Gives:
    """What one new node of a group gives.

    Attributes:
        least: of each resource what the poorest of the planned types gives, beside DaemonSets.
        most: what the richest may give, DaemonSets not taken off.
        types: the planned types; empty where they are not known.
        reckoned: those of them that the group has no node of.
    """

    least: Amounts
    most: Amounts
    types: tuple[str, ...] = ()
    reckoned: tuple[str, ...] = ()


def gives_of(group: str, rooms: Sequence[NodeRoom], seen: Seen, surveyed: Surveyed) -> Gives | None:
    """What a new node of a group gives; None where the group has no node to judge by."""
    own = [one for one in rooms if one.group == group and one.node in surveyed.targets]
    if not own:
        return None
    known = _known(group, own, seen)
    taken = total(_daemons(group, surveyed))
    poorest = _each([one.least for one in known], min)
    return Gives(
        {name: amount - taken.get(name, 0.0) for name, amount in poorest.items()},
        _each([one.most for one in known], max),
        tuple(one.name for one in known if one.name),
        tuple(one.name for one in known if one.reckoned),
    )


def total(pods: Iterable[Amounts]) -> dict[str, float]:
    """What pods ask for together, and how many they are."""
    found = {PODS: 0.0}
    for asks in pods:
        for name, amount in asks.items():
            found[name] = found.get(name, 0.0) + amount
    return found


def asks_of(one: SurveyedPod) -> dict[str, float]:
    """What a pod asks for; one that asks for nothing is a pod all the same."""
    return {**one.needs.requests, PODS: 1.0}


@dataclass(frozen=True)
class _Type:
    name: str
    least: Amounts = field(default_factory=dict)
    most: Amounts = field(default_factory=dict)
    reckoned: bool = False


def _known(group: str, own: Sequence[NodeRoom], seen: Seen) -> list[_Type]:
    """The planned types of which it is known what they give; else the nodes of today as one."""
    found = [
        one
        for name in _planned(group, seen)
        if (one := _seen_type(name, own) or _reckoned(name, own, seen))
    ]
    return found or [_of_nodes("", own)]


def _planned(group: str, seen: Seen) -> list[str]:
    surge, raw = seen.facts.surge, seen.facts.node_groups[group]
    if surge is None:
        return []
    template = surge.templates.get(group)
    if raw.get("launchTemplate") and template is None and not raw.get("instanceTypes"):
        return []
    return instance_types(raw, template)


def _seen_type(name: str, own: Sequence[NodeRoom]) -> _Type | None:
    nodes = [one for one in own if one.instance_type == name]
    return _of_nodes(name, nodes) if nodes else None


def _of_nodes(name: str, nodes: Sequence[NodeRoom]) -> _Type:
    offered = [one.allocatable for one in nodes]
    return _Type(name, _each(offered, min), _each(offered, max))


def _each(amounts: Sequence[Amounts], choose: Callable[..., float]) -> dict[str, float]:
    """Resource by resource; what one of them does not name it does not have."""
    names = dict.fromkeys(name for one in amounts for name in one)
    return {name: choose(one.get(name, 0.0) for one in amounts) for name in names}


def _reckoned(name: str, own: Sequence[NodeRoom], seen: Seen) -> _Type | None:
    raw = seen.facts.surge.instance_types.get(name) if seen.facts.surge else None
    cores = float(((raw or {}).get("VCpuInfo") or {}).get("DefaultVCpus") or 0)
    mib = float(((raw or {}).get("MemoryInfo") or {}).get("SizeInMiB") or 0)
    if raw is None or not cores or not mib:
        return None
    nodes = _of_nodes(name, own)
    pods = _max_pods(raw) or nodes.least.get(PODS, 0.0)
    kept = 11 * pods + 255 + EVICTION_MIB
    devices = _devices(raw)
    least = {
        # The disk is the group's, whatever the type; so are devices that EC2 knows nothing of.
        **{one: amount for one, amount in nodes.least.items() if one != GPU},
        CPU: cores - _kept_cores(cores),
        MEMORY: (mib * (1 - OVERHEAD) - kept) * MIB,
        PODS: min(pods, nodes.least.get(PODS, pods)),
        **devices,
    }
    most = {
        **nodes.most,
        CPU: cores,
        MEMORY: mib * MIB,
        PODS: max(pods, nodes.most.get(PODS, 0.0)),
        # A device plugin may share each device among several pods (time slicing), and says then
        # that there are more than EC2 knows of.
        **{one: max(count, nodes.most.get(one, 0.0)) for one, count in devices.items()},
    }
    return _Type(name, least, most, reckoned=True)


def _kept_cores(cores: float) -> float:
    """6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the others."""
    return (
        0.06 * min(cores, 1)
        + 0.01 * min(max(cores - 1, 0), 1)
        + 0.005 * min(max(cores - 2, 0), 2)
        + 0.0025 * max(cores - 4, 0)
    )


def _max_pods(raw: Raw) -> float:
    network = raw.get("NetworkInfo") or {}
    interfaces = int(network.get("MaximumNetworkInterfaces") or 0)
    each = int(network.get("Ipv4AddressesPerInterface") or 0)
    return float(interfaces * (each - 1) + 2) if interfaces and each else 0.0


def _devices(raw: Raw) -> dict[str, float]:
    gpus = (raw.get("GpuInfo") or {}).get("Gpus") or ()
    count = sum(int(one.get("Count") or 0) for one in gpus if one.get("Manufacturer") == "NVIDIA")
    return {GPU: float(count)} if count else {}


def _daemons(group: str, surveyed: Surveyed) -> list[Mapping[str, float]]:
    """What each DaemonSet takes of a node of a group: the greatest of its pods there."""
    alive = {f"DaemonSet {one}" for one in surveyed.facts.daemonsets}
    found: dict[str, dict[str, float]] = {}
    for one in surveyed.facts.pods:
        family = one.pod.family
        if family in alive and surveyed.group_of(one) == group and not one.pod.finished:
            found[family] = _each([found.get(family, {}), asks_of(one)], max)
    return list(found.values())
