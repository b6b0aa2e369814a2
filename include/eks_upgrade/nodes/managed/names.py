"""The name of the green node group that replaces a blue one: the same in every run.

A deterministic name is what makes a second run find the first one's green group. It carries
the Kubernetes minor its nodes run (`workers` -> `workers-k126`), and the suffix is replaced,
not piled up, at the next upgrade (`workers-k126` -> `workers-k127`).
"""

import re

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.versions import Minor

MAX_NAME_LENGTH = 63
"""Characters EKS allows in a node group's name (API reference of CreateNodegroup)."""

_SUFFIX = re.compile(r"-k\d{2,}$")


def green_name(blue: str, to_version: str) -> str:
    """The name of the group that replaces `blue` at Kubernetes `to_version` (`1.26`)."""
    minor = Minor.parse(to_version)
    return f"{_SUFFIX.sub('', blue)}-k{minor.major}{minor.number}"


def name_problem(blue: str, to_version: str) -> Problem | None:
    """Why the green group cannot have its name, or None when it can."""
    green = green_name(blue, to_version)
    if green == blue:
        return Problem(
            subject=f"node group {blue}",
            what=f"its name already says that it runs Kubernetes {to_version}, so the group that "
            "would replace it has the same name",
            remedy=f"leave {blue} out of node_groups, or replace it by hand with a group whose "
            "name does not end in the version",
        )
    if len(green) > MAX_NAME_LENGTH:
        return Problem(
            subject=f"node group {blue}",
            what=f"the name of its replacement, {green}, has {len(green)} characters and EKS "
            f"allows {MAX_NAME_LENGTH}",
            remedy=f"leave {blue} out of node_groups, or first replace it by hand with a group "
            f"whose name has at most {MAX_NAME_LENGTH - (len(green) - len(blue))} characters",
        )
    return None
