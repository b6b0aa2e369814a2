"""All hops to the version asked for, judged before the first: what would stop a later one."""

from collections.abc import Iterator

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.images.ami_type import ami_type_for
from include.eks_upgrade.nodes.images.ssm_parameter import al2_problem
from include.eks_upgrade.planning.hops.model import Hops
from include.eks_upgrade.planning.hops.plan_hops import plan_hops
from include.eks_upgrade.planning.preflight.rules.standing import (
    final_minor,
    roll_policy,
    standing_of,
)
from include.eks_upgrade.request import UpgradeRequest


def hops_of(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> Hops:
    """The hops from here to the version asked for, and why a later one is known to be impossible.

    Args:
        request: what was asked for.
        target: the minor of this run.
        facts: what is.
    """
    final = final_minor(request, target)
    hops = plan_hops(
        facts,
        standing_of(request, facts),
        final,
        roll_policy(request),
        conflicts=request.addon_conflicts,
    )
    later = tuple(_image_problems(request, hops, facts))
    return Hops(all=hops.all, problems=(*hops.problems, *later))


def _image_problems(request: UpgradeRequest, hops: Hops, facts: ClusterFacts) -> Iterator[Problem]:
    """Groups for which EKS will have no image when their turn comes.

    Only what is certain: another image may be made until then.
    """
    told: set[str] = set()
    for hop in hops.all[1:]:
        for name in hop.rolled:
            problem = _image_problem(request, name, hop.to_version, facts)
            if problem is not None and name not in told:
                told.add(name)
                subject = f"hop {hop.from_version} to {hop.to_version}: {problem.subject}"
                yield Problem(subject, problem.what, problem.remedy)


def _image_problem(
    request: UpgradeRequest, name: str, version: str, facts: ClusterFacts
) -> Problem | None:
    if request.ami.source != "eks_optimized":
        return None
    before = str(facts.node_groups.get(name, {}).get("amiType", ""))
    ami_type = ami_type_for(before, request.ami.family)
    if isinstance(ami_type, Problem) or not ami_type.startswith("AL2_"):
        return None
    return al2_problem(f"node group {name}", version)
