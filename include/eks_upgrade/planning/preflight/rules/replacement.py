"""Whether one node group can be replaced by itself, in the version that it has.

What `groups.py` asks of the groups of an upgrade, for a replacement that a person has named. Pure.
"""

import re

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.nodes.managed.new_group.names import MAX_NAME_LENGTH
from include.eks_upgrade.planning.infrastructure_code import infrastructure_warnings
from include.eks_upgrade.planning.preflight.rules.cluster import cluster_problems
from include.eks_upgrade.planning.preflight.rules.group_states import state_warnings
from include.eks_upgrade.planning.preflight.rules.groups import (
    standing_replacement_problems,
    state_problems,
)

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_NAME_LENGTH - 1}}}")
"""What EKS takes as a node group's name (API reference of CreateNodegroup)."""


def is_replaced(name: str, replacement: str, facts: ClusterFacts) -> bool:
    """Whether it has been done already: the old group is gone and the new one stands."""
    return name not in facts.node_groups and replacement in facts.node_groups


def replacement_problems(
    name: str, replacement: str, version: str, facts: ClusterFacts, *, begun: bool
) -> list[Problem]:
    """Everything that keeps `name` from being replaced by `replacement`.

    Args:
        name: the old group.
        replacement: the new group.
        version: Kubernetes minor that is asked for; empty: the control plane's.
        facts: what is, the kubelets included.
        begun: whether this very run has found the replacement's name free before, so that a
            group of that name is its own.
    """
    if is_replaced(name, replacement, facts):
        return []
    problems = [
        *_name_problems(name, replacement, facts, begun=begun),
        *_version_problems(name, version, facts),
        *cluster_problems(facts.present, facts),
    ]
    group = facts.node_groups.get(name)
    if group is None:
        existing = ", ".join(sorted(facts.node_groups)) or "none"
        what = f"the cluster has no managed node group of this name; it has: {existing}"
        return [Problem(f"node group {name!r}", what, "correct nodegroup_name"), *problems]
    nodes, standing = len(facts.group_kubelets(name)), facts.node_groups.get(replacement)
    return [*state_problems(group, name, standing, nodes=nodes), *problems]


def replacement_warnings(name: str, replacement: str, facts: ClusterFacts) -> tuple[str, ...]:
    """What a person should know of a replacement that nothing keeps from being done."""
    if name not in facts.node_groups:
        return ()
    return (
        *state_warnings(name, replacement, facts),
        *infrastructure_warnings({name: replacement}, facts),
    )


def _name_problems(
    name: str, replacement: str, facts: ClusterFacts, *, begun: bool
) -> list[Problem]:
    subject = f"replacement {replacement!r}"
    if replacement == name:
        # Adopted as its own replacement it would be fenced, drained and deleted.
        return [Problem(subject, "the old group has this name", "give another replacement_name")]
    if not _NAME.fullmatch(replacement):
        what = f"EKS takes {MAX_NAME_LENGTH} letters, digits, - and _ at most, a letter or digit"
        return [Problem(subject, f"{what} first", "give another replacement_name")]
    if begun:
        return standing_replacement_problems(facts, replacement, name)
    if replacement in facts.node_groups:
        remedy = "give another replacement_name; to go on with a run that died, clear its tasks"
        return [Problem(subject, "there is a node group of this name already", remedy)]
    return []


def _version_problems(name: str, version: str, facts: ClusterFacts) -> list[Problem]:
    """New nodes get the control plane's version; another one would be a change of version."""
    present, asked = facts.present, read_minor(version)
    if version and asked != present:
        what = f"the control plane is at {present}, and EKS makes new nodes of that version"
        return [Problem(f"version {version!r}", what, f"leave it empty, or give {present}")]
    now = facts.group_version(name)
    if now is not None and now != present:
        what = f"it is at {now} and the control plane at {present}, so it would change its version"
        remedy = f"upgrade it, with the target version {present}, instead of replacing it as it is"
        return [Problem(f"node group {name!r}", what, remedy)]
    return []
