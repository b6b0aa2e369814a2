"""What would refuse a later hop's replacement of nodes, if it were today.

A run that replaces none has no reason to refuse for it: each later run asks anew, and until then
it may be put right. So it is told as early as it can be seen, as a warning.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.kube.pod_facts.model import PodFacts
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.hops.model import Hops
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.rules.hops import hops_of
from include.eks_upgrade.planning.preflight.rules.target import choose_target, target_problems
from include.eks_upgrade.planning.survey.findings import capped_problems
from include.eks_upgrade.planning.survey.survey import survey
from include.eks_upgrade.planning.survey.surveyed import Surveyed, new_group
from include.eks_upgrade.request import UpgradeRequest


def groups_to_foresee(request: UpgradeRequest, facts: ClusterFacts) -> tuple[str, ...]:
    """The groups whose turn comes at a later hop, of a run that replaces none itself."""
    target = choose_target(request, facts)
    if target is None or target_problems(request, facts):
        return ()
    if groups_to_roll(request, target, facts):
        return ()
    return next((hop.rolled for hop in hops_of(request, target, facts).all if hop.rolled), ())


def foreseen(
    request: UpgradeRequest, facts: ClusterFacts, hops: Hops, pods: PodFacts | None
) -> Iterator[str]:
    """Sentences about the pods of the next groups whose turn comes.

    Args:
        request: what was asked for.
        facts: what is.
        hops: of the whole way.
        pods: of `groups_to_foresee`; None: there is nothing to foresee.
    """
    hop = next((hop for hop in hops.all if hop.rolled), None)
    if hop is None or pods is None:
        return
    groups = {
        name: new_group(replacement_name(name, hop.to_version), facts.node_groups[name], None)
        for name in hop.rolled
    }
    found = survey(Surveyed(pods, groups, request.drain, request.may_strand_pods))
    for problem in capped_problems(found.problems, "problems of the pods"):
        yield f"for the hop to {hop.to_version}, which replaces nodes: {problem}"
