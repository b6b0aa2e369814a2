"""The name of the node group that replaces an old one: the same in every run.

A deterministic name is what makes a second run find the first one's new group. It carries
the Kubernetes minor its nodes run (`workers` -> `workers-k126`), and the suffix is replaced,
not piled up, at the next upgrade (`workers-k126` -> `workers-k127`). Only a minor that the group
can have run is a suffix: `gpu-k80` is named after its card and becomes `gpu-k80-k126`.
"""

import re

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.versions import Minor

MAX_NAME_LENGTH = 63
"""Characters EKS allows in a node group's name (API reference of CreateNodegroup)."""

FIRST_MINOR_OF_EKS = Minor(1, 10)
"""What EKS began with in June 2018."""

_SUFFIX = re.compile(r"-k(?P<major>\d)(?P<number>[1-9]\d+)$", re.ASCII)


def replacement_name(name: str, to_version: str) -> str:
    """The name of the group that replaces `name` at Kubernetes `to_version` (`1.26`)."""
    minor = Minor.parse(to_version)
    return f"{_without_suffix(name, minor)}-k{minor.major}{minor.number}"


def _without_suffix(name: str, target: Minor) -> str:
    """The name without the minor at its end.

    Bounds that never move are held against, and not what EKS offers today: the name must be the
    same in every run, also when EKS has given up a minor between two of them. The target is the
    upper one, because no group runs a newer minor than the one it is brought to.
    """
    found = _SUFFIX.search(name)
    if found is None:
        return name
    minor = Minor(int(found["major"]), int(found["number"]))
    return name[: found.start()] if FIRST_MINOR_OF_EKS <= minor <= target else name


def name_problem(name: str, to_version: str) -> Problem | None:
    """Why the new group cannot have its name, or None when it can."""
    replacement = replacement_name(name, to_version)
    if replacement == name:
        return Problem(
            subject=f"node group {name}",
            what=f"its name already says that it runs Kubernetes {to_version}, so the group that "
            "would replace it has the same name",
            remedy=f"leave {name} out of node_groups, or replace it by hand with a group whose "
            "name does not end in the version",
        )
    if len(replacement) > MAX_NAME_LENGTH:
        return Problem(
            subject=f"node group {name}",
            what=f"the name of its replacement, {replacement}, has {len(replacement)} characters "
            f"and EKS allows {MAX_NAME_LENGTH}",
            remedy=f"leave {name} out of node_groups, or first replace it by hand with a group "
            f"whose name has at most {MAX_NAME_LENGTH - (len(replacement) - len(name))} characters",
        )
    return None
