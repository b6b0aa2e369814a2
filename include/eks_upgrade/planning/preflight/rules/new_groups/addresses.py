"""How many addresses a new node takes, by the VPC CNI's mode. Pure.

The arithmetic is that of the CNI's own documents: https://github.com/aws/amazon-vpc-cni-k8s,
`docs/prefix-and-ip-target.md` and `docs/eni-and-ip-target.md`.
"""

import math

from include.eks_upgrade.aws.capacity.surge import CniMode
from include.eks_upgrade.common.raw import Raw

PREFIX = 16
"""Addresses of a prefix, which must lie side by side in the subnet."""

OF_THE_NODE = 1


def pod_addresses(mode: CniMode, instance_type: Raw | None, pods: int) -> int:
    """The addresses that a node takes for pods, those kept warm included.

    Args:
        mode: the CNI's.
        instance_type: raw DescribeInstanceTypes entry; None when it is not known.
        pods: how many pods with an address of their own it will run.
    """
    if mode.prefixes:
        return PREFIX * _prefixes(mode, pods)
    if mode.warm_addresses is not None:
        return max(mode.minimum_addresses, pods + mode.warm_addresses)
    network = (instance_type or {}).get("NetworkInfo") or {}
    per_interface = int(network.get("Ipv4AddressesPerInterface") or 0)
    interfaces = int(network.get("MaximumNetworkInterfaces") or 0)
    if per_interface < 2:
        return pods
    # The first address of an interface is its own and no pod's.
    in_use = max(1, math.ceil(pods / (per_interface - 1)))
    return min(in_use + mode.warm_enis, interfaces) * per_interface - OF_THE_NODE


def _prefixes(mode: CniMode, pods: int) -> int:
    if mode.warm_addresses is not None or mode.minimum_addresses:
        wanted = max(mode.minimum_addresses, pods + (mode.warm_addresses or 0))
        return max(1, math.ceil(wanted / PREFIX))
    return math.ceil(pods / PREFIX) + mode.warm_prefixes
