"""What CreateNodegroup does not take of a launch template. Pure.

https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

from collections.abc import Iterator

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.launch_templates.version import template_data

_FORBIDDEN = {
    "IamInstanceProfile": "an instance profile; the group's node role is used",
    "InstanceInitiatedShutdownBehavior": "what a shutdown does",
    "HibernationOptions": "hibernation",
}
_REMEDY = "take it out in a new version of the template and put the group on that version"


def template_gone(name: str, used: Raw) -> Problem:
    """The Problem that the version of a group's template is not there any more."""
    return Problem(
        subject=f"node group {name}",
        what=f"version {used.get('version')} of its launch template "
        f"{used.get('name') or used.get('id')} does not exist any more",
        remedy="put the group on an existing version of its template, then run again",
    )


def rule_problems(group: Raw, version: Raw | None) -> tuple[Problem, ...]:
    """Every field of the template that EKS refuses for a new group."""
    data = template_data(version)
    subject = f"launch template of node group {group['nodegroupName']}"
    return tuple(Problem(subject, what, _REMEDY) for what in _broken_rules(data, group))


def _broken_rules(data: Raw, group: Raw) -> Iterator[str]:
    for key, word in _FORBIDDEN.items():
        if _says(data.get(key)):
            yield f"it names {word}, which EKS does not take"
    interfaces = data.get("NetworkInterfaces") or ()
    if any(one.get("SubnetId") for one in interfaces):
        yield "its network interfaces name subnets, and EKS takes those of the group only"
    if any(one.get("NetworkInterfaceId") for one in interfaces):
        yield "it names a network interface that exists, and only one node could have it"
    if data.get("SecurityGroupIds") and any(one.get("Groups") for one in interfaces):
        yield "it names security groups both by themselves and in its network interfaces"
    if (data.get("InstanceMarketOptions") or {}).get("SpotOptions"):
        yield "it has options of Spot requests, and EKS takes the group's capacityType only"
    if data.get("InstanceType") and group.get("instanceTypes"):
        yield "it names an instance type, and the group names some, too"


def _says(value: object) -> bool:
    """Whether a field says more than EC2's default."""
    if isinstance(value, dict):
        return any(_says(one) for one in value.values())
    return value not in (None, "", False, "stop")
