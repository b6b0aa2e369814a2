"""All that is judged of the groups to be made, beside their images. Pure.

What the tasks that make them would refuse, and what EKS, EC2 and the network would not give.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import not_copied
from include.eks_upgrade.planning.preflight.rules.new_groups.capacity import (
    capacity_problems,
    capacity_warnings,
)
from include.eks_upgrade.planning.preflight.rules.new_groups.images import Found, with_image
from include.eks_upgrade.planning.preflight.rules.new_groups.launch_template import (
    NewNames,
    template_problems,
    template_warnings,
)
from include.eks_upgrade.planning.preflight.rules.new_groups.quotas import (
    quota_problems,
    quota_warnings,
)
from include.eks_upgrade.planning.preflight.rules.new_groups.subnets import (
    new_group_subnet_problems,
    new_group_subnet_warnings,
)
from include.eks_upgrade.planning.preflight.rules.new_groups.surge import new_nodes


def new_group_problems(
    names: NewNames, images: Found, facts: ClusterFacts, *, extra_nodes: int, at_once: int
) -> list[Problem]:
    """Everything in the way of the new groups.

    Args:
        names: the groups that are to be replaced, each with the name of the new one.
        images: an entry for each of them.
        facts: of the cluster; without `surge` nothing is judged.
        extra_nodes: nodes of a new group beyond the old one's.
        at_once: how many groups are replaced at the same time.
    """
    surge = facts.surge
    if surge is None:
        return []
    needs = new_nodes(names, facts, extra_nodes=extra_nodes)
    return [
        *template_problems(names, with_image(images, images), facts, surge),
        *new_group_subnet_problems(needs, facts, surge, at_once=at_once),
        *capacity_problems(needs, facts, surge, at_once=at_once),
        *quota_problems(needs, facts, surge, at_once=at_once),
    ]


def new_group_warnings(
    names: NewNames, images: Found, facts: ClusterFacts, *, extra_nodes: int, at_once: int
) -> Iterator[str]:
    """What may go wrong with the new groups, and what could not be asked; see above."""
    surge = facts.surge
    if surge is None:
        return
    needs = new_nodes(names, facts, extra_nodes=extra_nodes)
    yield from surge.unknown
    yield from template_warnings(names, with_image(images, images), facts, surge)
    yield from new_group_subnet_warnings(needs, facts, surge, at_once=at_once)
    yield from capacity_warnings(needs, surge)
    yield from quota_warnings(needs, facts, surge, at_once=at_once)
    for name in names:
        asg, extras = facts.asgs.get(name), surge.asg_extras.get(name)
        if asg is not None and extras is not None:
            yield from (f"node group {name}: {one}" for one in not_copied(asg, extras))
