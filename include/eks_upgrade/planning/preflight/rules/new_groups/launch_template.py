"""Whether the new groups can start from the old groups' launch templates and user data. Pure.

The functions are those of the tasks that will make the template's version and the group.
"""

from collections.abc import Iterator, Mapping

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.launch_templates.plan import TemplatePlan, plan_template
from include.eks_upgrade.nodes.launch_templates.rules import rule_problems, template_gone
from include.eks_upgrade.nodes.managed.new_group.adoption import not_a_clone
from include.eks_upgrade.nodes.managed.new_group.clone import create_request, snapshot, tag_problem
from include.eks_upgrade.nodes.managed.new_group.readiness import kubelet_problem

_MOVING = ("$Latest", "$Default")
_NO_TOKEN = "a request that is made for comparison only"  # noqa: S105 - a request's, no secret

NewNames = Mapping[str, str]
Images = Mapping[str, Image | None]


def template_problems(
    names: NewNames, images: Images, facts: ClusterFacts, surge: SurgeFacts
) -> list[Problem]:
    """Everything in the way of each group's template.

    Args:
        names: the old groups, each with the name of the new one.
        images: of the new nodes, by old group; None where EKS chooses.
        facts: of the cluster.
        surge: of the groups.
    """
    return [
        problem
        for name, image in images.items()
        for problem in _problems_of(name, names[name], image, facts, surge)
    ]


def _problems_of(
    name: str, replacement: str, image: Image | None, facts: ClusterFacts, surge: SurgeFacts
) -> Iterator[Problem]:
    group, version = facts.node_groups[name], surge.templates.get(name)
    used = group.get("launchTemplate")
    if used and version is None:
        yield template_gone(name, used)
        return
    yield from rule_problems(group, version)
    plan = _template(name, image, replacement, facts, version)
    if isinstance(plan, Problem):
        yield plan
        return
    standing = facts.node_groups.get(replacement)
    crowded = None if standing else tag_problem(snapshot(group))
    if crowded:
        yield crowded
    different = standing and not_a_clone(standing, _request(group, replacement, plan))
    if different:
        yield different


def _template(
    name: str, image: Image | None, replacement: str, facts: ClusterFacts, version: Raw | None
) -> TemplatePlan | Problem | None:
    """The version that is to be made; None where EKS chooses the image and none is."""
    if image is None:
        return None
    return plan_template(
        facts.cluster,
        replacement=replacement,
        snapshot=snapshot(facts.node_groups[name]),
        image_id=image.id,
        image_family=image.family,
        version=version,
    )


def _request(group: Raw, replacement: str, plan: TemplatePlan | None) -> Raw:
    template = None
    if plan:
        template = {"id": plan.template_id, "name": plan.template_name, "version": "1"}
    kept = snapshot(group)
    desired = int(kept["scalingConfig"]["desiredSize"])
    return create_request(kept, replacement, template=template, desired=desired, token=_NO_TOKEN)


def standing_problems(names: NewNames, target: Minor, facts: ClusterFacts) -> list[Problem]:
    """New groups that stand already and run another minor than they are to."""
    found = (
        kubelet_problem(new, _kubelets_of(new, facts), target)
        for new in names.values()
        if new in facts.node_groups
    )
    return [one for one in found if one]


def _kubelets_of(group: str, facts: ClusterFacts) -> dict[str, str]:
    return {node: version for node, (version, label) in facts.kubelets.items() if label == group}


def template_warnings(
    names: NewNames, images: Images, facts: ClusterFacts, surge: SurgeFacts
) -> Iterator[str]:
    """What a person should know of the templates that will be used."""
    for name, image in images.items():
        used, version = (
            facts.node_groups[name].get("launchTemplate") or {},
            surge.templates.get(name),
        )
        if used.get("version") in _MOVING and version:
            yield (
                f"node group {name}: its launch template is named with version {used['version']}, "
                f"which is {version['VersionNumber']} now; new nodes start from that one, whatever "
                "the old ones started from"
            )
        plan = _template(name, image, names[name], facts, version)
        if isinstance(plan, TemplatePlan):
            yield from (f"node group {name}: {note}" for note in plan.notes)
