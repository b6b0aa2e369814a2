"""Which node groups the parameters choose, and which of them still run an older minor. Pure."""

from dataclasses import replace

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.managed.new_group.names import FIRST_MINOR_OF_EKS, replacement_name
from include.eks_upgrade.request import UpgradeRequest


def chosen_groups(request: UpgradeRequest, facts: ClusterFacts) -> tuple[str, ...]:
    """Existing groups that the parameters choose: those named, or all; sorted, each once."""
    names = set(request.node_groups) or set(facts.node_groups)
    return tuple(sorted(names & set(facts.node_groups)))


def groups_behind(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> tuple[str, ...]:
    """Chosen groups that are not yet at the target, and are no replacement for it themselves.

    A group whose version nothing tells (an image of its own and no node) is behind, too, unless
    its name says that it is at the target already.
    """
    return tuple(
        name for name in chosen_groups(request, facts) if not _at_target(name, target, facts)
    )


def is_replacement(name: str, target: Minor, facts: ClusterFacts) -> bool:
    """Whether the group is a replacement for the target whose old group still exists."""
    others = (other for other in facts.node_groups if other != name)
    return any(replacement_name(other, str(target)) == name for other in others)


def _at_target(name: str, target: Minor, facts: ClusterFacts) -> bool:
    if is_replacement(name, target, facts):
        return True
    version = facts.group_version(name)
    if version is None:
        return replacement_name(name, str(target)) == name
    return version >= target


def with_successors(request: UpgradeRequest, facts: ClusterFacts) -> UpgradeRequest:
    """The request with groups that are gone named as what has replaced them since.

    A run over several minors that stopped is started again with the parameters of its beginning,
    and some of their groups may have been replaced on the way.
    """
    return replace(
        request,
        node_groups=tuple(dict.fromkeys(_now(name, facts) for name in request.node_groups)),
        canary_group=_now(request.canary_group, facts) if request.canary_group else "",
    )


def _now(name: str, facts: ClusterFacts) -> str:
    minor = facts.present
    while name not in facts.node_groups and minor > FIRST_MINOR_OF_EKS:
        if replacement_name(name, str(minor)) in facts.node_groups:
            return replacement_name(name, str(minor))
        minor = minor.previous()
    return name
