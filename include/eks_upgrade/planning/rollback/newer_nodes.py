"""Nodes that are newer than the version a control plane goes back to: they go back first.

A kubelet may be older than the API server, never newer.
https://kubernetes.io/releases/version-skew-policy/#kubelet
"""

from collections.abc import Iterator

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.nodes.other_kinds import Kind, kind_of
from include.eks_upgrade.planning.rollback.asked import RollbackAsked

_REMEDIES = {
    Kind.FARGATE: "delete these pods, or scale their workloads to zero, and start them again after "
    "the rollback; or set override_insights=true to leave them, unsupported",
    Kind.HYBRID: "take them back with nodeadm, or remove them",
    Kind.KARPENTER: "pin their EC2NodeClass to an image of {target} and let Karpenter replace them",
    Kind.SELF_MANAGED: "replace them by nodes of {target}",
    Kind.UNKNOWN: "replace them by nodes of {target}",
}


def newer_node_problems(asked: RollbackAsked) -> list[Problem]:
    """One problem for each managed node group, and for each other kind of node, that is newer."""
    return [*_groups(asked), *_others(asked)]


def _groups(asked: RollbackAsked) -> Iterator[Problem]:
    for name, group in sorted(asked.facts.node_groups.items()):
        minors = [*asked.facts.group_kubelets(name).values(), read_minor(group.get("version"))]
        newest = max((one for one in minors if one is not None), default=None)
        if newest is not None and newest > asked.target:
            what = f"it is at {newest}, newer than {asked.target}, and nodes never go ahead"
            remedy = (
                "if its old group is still there, return its pods to the old nodes "
                "(docs/way-back.md), and delete this group; otherwise give its pods nodes of "
                f"{asked.target} (a launch template with an image of your own), and delete it"
            )
            yield Problem(f"node group {name!r}", what, remedy)


def _others(asked: RollbackAsked) -> Iterator[Problem]:
    facts = asked.facts
    nodes: dict[Kind, list[str]] = {}
    for name, (version, group) in sorted(facts.kubelets.items()):
        minor = read_minor(version)
        if group is None and minor is not None and minor > asked.target:
            kind = kind_of(name, facts.loose_labels.get(name), auto_mode=facts.auto_mode)
            nodes.setdefault(kind, []).append(name)
    for kind, names in nodes.items():
        passed = kind is Kind.FARGATE and asked.override_insights
        if kind is Kind.AUTO_MODE or passed:  # EKS takes the nodes of Auto Mode back itself
            continue
        which = f"{kind} {agreeing(len(names), 'node')}" if kind is not Kind.UNKNOWN else kind
        what = f"{counted(len(names), 'node')} newer than {asked.target}: {first_few(names)}"
        yield Problem(which, what, _REMEDIES[kind].format(target=asked.target))
