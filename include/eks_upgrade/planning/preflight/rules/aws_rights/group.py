"""The rights in AWS that replacing one node group needs, own and dependent ones. Pure.

What EKS asks of its caller in CreateNodegroup beside that right itself:
terraform-aws-modules/terraform-aws-eks#823 and #2018, aws-controllers-k8s/community#2164,
https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.rights.right import AwsRight, Context, as_context
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.launch_templates.plan import OUR_TAG
from include.eks_upgrade.nodes.launch_templates.version import template_data
from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import (
    metrics_to_copy,
    notifications_to_copy,
    tags_to_copy,
)
from include.eks_upgrade.nodes.managed.marks import REBALANCE_TAG
from include.eks_upgrade.nodes.managed.new_group.clone import new_tags, snapshot
from include.eks_upgrade.planning.preflight.rules.aws_rights.place import (
    DELETE_ASG,
    EC2,
    EKS,
    ID_TO_BE,
    NEW_TEMPLATE,
    NODE_GROUPS,
    READ,
    UNPROTECT,
    Place,
    request_tags,
    resource_tags,
    rights,
)
from include.eks_upgrade.request import UpgradeRequest

NODE_GROUP_ROLE: Final = (
    "role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup"
)
_LATER_READS: Final = (
    "autoscaling:DescribeAutoScalingGroups autoscaling:DescribeLifecycleHooks "
    "autoscaling:DescribeNotificationConfigurations autoscaling:DescribePolicies "
    "autoscaling:DescribeScheduledActions autoscaling:DescribeScalingActivities "
    "autoscaling:DescribeInstanceRefreshes ec2:DescribeInstances ec2:DescribeSubnets "
    "ec2:DescribeLaunchTemplateVersions"
)
_LIFTS: Final = (
    "autoscaling:UpdateAutoScalingGroup autoscaling:SetInstanceProtection "
    "autoscaling:ResumeProcesses autoscaling:CompleteLifecycleAction "
    "autoscaling:CancelInstanceRefresh autoscaling:ExitStandby"
)


@dataclass(frozen=True)
class GroupToReplace:
    """One group that is to be replaced."""

    old: str
    new: str
    image: Any
    request: UpgradeRequest
    facts: ClusterFacts

    @property
    def raw(self) -> Raw:
        return self.facts.node_groups[self.old]

    @property
    def tags(self) -> dict[str, str]:
        return new_tags(snapshot(self.raw))

    @property
    def template(self) -> Raw | None:
        surge = self.facts.surge
        return surge.templates.get(self.old) if surge else None


def rights_of_group(group: GroupToReplace, place: Place) -> Iterator[AwsRight]:
    if group.new not in group.facts.node_groups:
        yield from _to_create(group, place)
    yield from _to_set(group, place)
    yield from rights(_LATER_READS, "*", "to replace node groups", READ)
    old = str(group.raw.get("nodegroupArn") or "")
    old = old or place.arn("eks", f"nodegroup/{place.cluster}/{group.old}/{ID_TO_BE}")
    tags = resource_tags("aws", group.raw.get("tags") or {})
    why = "to fence and delete the old group"
    yield from rights("eks:UpdateNodegroupConfig eks:DeleteNodegroup", old, why, NODE_GROUPS, tags)
    yield from rights("eks:DescribeUpdate", old, "to follow updates of node groups", READ)
    yield from _to_recover(group)


def _to_create(group: GroupToReplace, place: Place) -> Iterator[AwsRight]:
    why = f"to create {group.new}"
    tags = request_tags(group.tags)
    yield from rights("eks:CreateNodegroup", place.cluster_arn, why, NODE_GROUPS, tags)
    new = place.arn("eks", f"nodegroup/{place.cluster}/{group.new}/{ID_TO_BE}")
    if tags:
        yield from rights("eks:TagResource", new, why, NODE_GROUPS, tags)
    yield from rights("eks:DescribeNodegroup", new, f"to follow {group.new}", READ)
    role = str(group.raw.get("nodeRole") or "")
    for service in (EKS, EC2):
        passed = as_context({"iam:PassedToService": service})
        yield from rights("iam:PassRole", role, "for the node role", NODE_GROUPS, passed)
    looked_at = "so that EKS can look at the node role"
    yield from rights("iam:GetRole iam:ListAttachedRolePolicies", role, looked_at, NODE_GROUPS)
    own = "so that EKS can look at its service-linked role"
    yield from rights("iam:GetRole", place.role(NODE_GROUP_ROLE), own, NODE_GROUPS)
    yield from _to_start(group, place)


def _to_start(group: GroupToReplace, place: Place) -> Iterator[AwsRight]:
    """What the launch template asks for, if the new group has one."""
    image = group.image if isinstance(group.image, Image) else None
    used = group.raw.get("launchTemplate") or {}
    if not used and image is None:
        return
    own = bool(used)
    template = place.arn("ec2", f"launch-template/{used.get('id') or 'lt-' + '0' * 17}")
    file = NODE_GROUPS if own else NEW_TEMPLATE
    tags = {} if own else {OUR_TAG: place.cluster}
    context = resource_tags("ec2", tags)
    if own and image is not None:
        why = "to add a version to its launch template"
        yield from rights("ec2:CreateLaunchTemplateVersion", template, why, file)
    if not own:
        made = request_tags(tags)
        why = "to make its launch template"
        yield from rights("ec2:CreateLaunchTemplate", template, why, file, made)
        making = (*made, ("ec2:CreateAction", ("CreateLaunchTemplate",)))
        yield from rights("ec2:CreateTags", template, why, file, making)
    start = "to start nodes from the launch template"
    for arn, named in _started(group, place, image):
        bound = as_context({"ec2:LaunchTemplate": template, "ec2:IsLaunchTemplateResource": named})
        yield from rights("ec2:RunInstances", arn, start, NODE_GROUPS, bound)
    if used.get("id") or not own:  # of a template that only its name tells, the ARN is not known
        named_itself = as_context({"ec2:LaunchTemplate": template})
        yield from rights("ec2:RunInstances", template, start, file, (*context, *named_itself))
    starting = as_context({"ec2:CreateAction": "RunInstances"})
    for kind in ("instance", "volume"):
        arn = place.arn("ec2", f"{kind}/*")
        yield from rights("ec2:CreateTags", arn, start, NODE_GROUPS, starting)


def _started(group: GroupToReplace, place: Place, image: Image | None) -> Iterator[tuple[str, str]]:
    """What RunInstances is judged on, and whether the template names it: `true` or `false`."""
    data = template_data(group.template) if group.template else {}
    named = image.id if image else data.get("ImageId")
    image_arn = f"arn:{place.partition}:ec2:{place.region}::image/{named or '*'}"
    yield image_arn, _bool(named)
    for kind in ("instance", "volume", "network-interface"):
        yield place.arn("ec2", f"{kind}/*"), "false"
    for subnet in group.raw.get("subnets") or ():
        yield place.arn("ec2", f"subnet/{subnet}"), "false"
    groups = _security_groups(data)
    for one in groups or ["*"]:
        yield place.arn("ec2", f"security-group/{one}"), _bool(groups)
    if data.get("KeyName"):
        yield place.arn("ec2", f"key-pair/{data['KeyName']}"), "true"


def _security_groups(data: Raw) -> list[str]:
    found = list(data.get("SecurityGroupIds") or ())
    for interface in data.get("NetworkInterfaces") or ():
        found += interface.get("Groups") or ()
    return [str(one) for one in found]


def _bool(value: object) -> str:
    return "true" if value else "false"


def _to_set(group: GroupToReplace, place: Place) -> Iterator[AwsRight]:
    """What people set on the old Auto Scaling group goes to the new one; zones rest meanwhile."""
    asg = group.facts.asgs.get(group.old)
    if not asg:
        return
    arn, context = str(asg.get("AutoScalingGroupARN") or ""), _tags_of(asg)
    why = "so that Auto Scaling takes no node away during the drain"
    marked = (*context, ("aws:TagKeys", (REBALANCE_TAG,)))
    yield from rights("autoscaling:CreateOrUpdateTags", arn, why, NODE_GROUPS, marked)
    yield from rights("autoscaling:SuspendProcesses", arn, why, NODE_GROUPS, context)
    name = f"eks-{group.new}-{ID_TO_BE}"
    new = place.arn("autoscaling", f"autoScalingGroup:{ID_TO_BE}:autoScalingGroupName/{name}")
    tags = {"eks:cluster-name": place.cluster, "eks:nodegroup-name": group.new}
    context, why = resource_tags("autoscaling", tags), "to set the new group as the old one"
    keys = [str(tag["Key"]) for tag in tags_to_copy(asg, {"AutoScalingGroupName": name})]
    if keys:
        tagged = (*context, ("aws:TagKeys", tuple(keys)))
        yield from rights("autoscaling:CreateOrUpdateTags", new, why, NODE_GROUPS, tagged)
    if metrics_to_copy(asg, {}):
        yield from rights("autoscaling:EnableMetricsCollection", new, why, NODE_GROUPS, context)
    extras = group.facts.surge.asg_extras.get(group.old) if group.facts.surge else None
    if extras and notifications_to_copy(extras, AsgExtras()):
        notifying = "autoscaling:PutNotificationConfiguration"
        yield from rights(notifying, new, why, NODE_GROUPS, context)


def _tags_of(asg: Raw) -> Context:
    tags = {str(tag["Key"]): str(tag.get("Value") or "") for tag in asg.get("Tags") or ()}
    return resource_tags("autoscaling", tags)


def _to_recover(group: GroupToReplace) -> Iterator[AwsRight]:
    """What the recovery may do, where the parameters let it and the group's ASG is known."""
    recovery, asg = group.request.recovery, group.facts.asgs.get(group.old) or {}
    arn = str(asg.get("AutoScalingGroupARN") or "")
    if not arn:
        return
    context = _tags_of(asg)
    if recovery.may_unprotect:
        yield from rights(_LIFTS, arn, "for may_unprotect", UNPROTECT, context)
    if recovery.may_delete_asg:
        deleting = "autoscaling:DeleteAutoScalingGroup"
        yield from rights(deleting, arn, "for may_delete_asg", DELETE_ASG, context)
