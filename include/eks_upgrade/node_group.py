"""Managed node groups: the green one that replaces a blue one, made and awaited."""

from include.eks_upgrade.node_group_clone import (
    ami_type_for,
    green_request,
    snapshot,
    wanted_nodes,
    with_family,
)
from include.eks_upgrade.node_group_name import green_name, name_problem

__all__ = [
    "ami_type_for",
    "green_name",
    "green_request",
    "name_problem",
    "snapshot",
    "wanted_nodes",
    "with_family",
]
