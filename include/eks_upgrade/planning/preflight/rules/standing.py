"""What of a cluster decides its hops: the groups to replace, and the nodes that nobody replaces."""

from collections.abc import Iterator

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.nodes.other_kinds import Kind, kind_of
from include.eks_upgrade.planning.hops.model import Kept, RollNodes, Standing
from include.eks_upgrade.planning.preflight.rules.chosen import chosen_groups
from include.eks_upgrade.planning.preflight.rules.insight_text import for_version, insight_status
from include.eks_upgrade.request import UpgradeRequest

_CURES = {
    Kind.FARGATE: "restart the workloads of these Fargate nodes (kubectl rollout restart)",
    Kind.HYBRID: "upgrade these hybrid nodes with nodeadm",
    Kind.SELF_MANAGED: "replace these self-managed nodes by hand",
}
"""The kinds that stay as they are. Auto Mode replaces its nodes after each hop, and Karpenter its
own by drift; what it is told to leave alone, the plan of a later hop sees."""


def final_minor(request: UpgradeRequest, target: Minor) -> Minor:
    """Where the way ends: the version asked for, or the run's own target where none is."""
    asked = read_minor(request.target_version)
    return max(target, asked) if asked and asked.major == target.major else target


def roll_policy(request: UpgradeRequest) -> RollNodes:
    """When nodes are replaced; a word that is none is refused elsewhere."""
    known = request.roll_nodes in set(RollNodes)
    return RollNodes(request.roll_nodes) if known else RollNodes.WHEN_NEEDED


def standing_of(request: UpgradeRequest, facts: ClusterFacts) -> Standing:
    """What stands now, as far as the parameters choose it."""
    chosen = chosen_groups(request, facts)
    half_way = dict(_half_way(chosen, facts))
    return Standing(
        present=facts.present,
        groups={
            name: facts.group_version(name)
            for name in chosen
            if name not in half_way.values()  # it is the same group as the old one beside it
        },
        first={
            **dict(_named_by_insights(request, chosen, facts)),
            **{
                name: f"{new} stands beside {name}, and what is half-way is finished first"
                for name, new in half_way.items()
            },
        },
        kept=tuple(_kept(facts, chosen)),
    )


def _half_way(chosen: tuple[str, ...], facts: ClusterFacts) -> Iterator[tuple[str, str]]:
    """Old groups whose replacement for the present minor stands beside them, with its name."""
    for name in chosen:
        new, version = replacement_name(name, str(facts.present)), facts.group_version(name)
        behind = version is None or version < facts.present
        if new != name and new in facts.node_groups and behind:
            yield name, new


def _named_by_insights(
    request: UpgradeRequest, chosen: tuple[str, ...], facts: ClusterFacts
) -> Iterator[tuple[str, str]]:
    """Groups with nodes for which alone EKS says that the next minor is not ready."""
    if request.override_insights:
        return
    for insight in for_version(facts.insights, facts.present.next()):
        groups = {_group_of(one, facts) for one in insight.get("resources") or ()}
        if insight_status(insight) == "ERROR" and groups and groups <= set(chosen):
            why = f"the upgrade insight {insight.get('name')!r} is in ERROR for their nodes"
            yield from ((name, why) for name in chosen if name in groups)


def _group_of(resource: Raw, facts: ClusterFacts) -> str | None:
    """The node group of the node that an insight names; None where it names something else."""
    name = str(resource.get("kubernetesResourceUri") or "").rpartition("/")[2]
    return facts.kubelets.get(name, ("", None))[1]


def _kept(facts: ClusterFacts, chosen: tuple[str, ...]) -> Iterator[Kept]:
    for name, (version, group) in sorted(facts.kubelets.items()):
        minor = read_minor(version)
        if minor is None or group in chosen:
            continue
        if group is not None:
            cure = f"replace node group {group}, which is not chosen here"
            yield Kept(f"node {name} of node group {group}", minor, cure)
            continue
        kind = kind_of(name, facts.loose_labels.get(name), auto_mode=facts.auto_mode)
        if kind in _CURES:
            yield Kept(f"{kind} node {name}", minor, _CURES[kind])
