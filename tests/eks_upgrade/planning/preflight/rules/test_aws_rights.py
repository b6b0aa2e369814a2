"""Which rights in AWS a plan asks for: own and dependent ones, of what is really to be done."""

from typing import Any

import pytest

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.rights.right import AwsRight, DeniedRight
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.marks import REBALANCE_TAG, REPLACES
from include.eks_upgrade.planning.preflight.rules.aws_rights.coming import (
    ToCome,
    coming_rights,
    denied_problems,
)
from include.eks_upgrade.request import UpgradeRequest

A = "111122223333"
NODE_ROLE = f"arn:aws-cn:iam::{A}:role/nodes"
ASG_ARN = (
    f"arn:aws-cn:autoscaling:cn-north-1:{A}:autoScalingGroup:1:autoScalingGroupName/eks-workers"
)
TEMPLATE = {"id": "lt-0a", "name": "own", "version": "3"}
IMAGE = Image("ami-new", "ours", "x86_64", "al2023", "1.26", "by hand")


def facts(**group: Any) -> ClusterFacts:
    raw = {
        "nodegroupName": "workers",
        "nodegroupArn": f"arn:aws-cn:eks:cn-north-1:{A}:nodegroup/demo/workers/1",
        "nodeRole": NODE_ROLE,
        "subnets": ["subnet-a", "subnet-b"],
        "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
        "tags": {"team": "shop", "aws:cloudformation:stack-name": "s"},
        **group,
    }
    tag = {"Key": "k8s.io/cluster-autoscaler/enabled", "Value": "true"}
    asg = {"AutoScalingGroupName": "eks-workers", "AutoScalingGroupARN": ASG_ARN, "Tags": [tag]}
    data = {"ImageId": "ami-old", "SecurityGroupIds": ["sg-1"], "KeyName": "ops"}
    version = {"VersionNumber": 3, "LaunchTemplateId": "lt-0a", "LaunchTemplateData": data}
    return ClusterFacts(
        cluster={"name": "demo", "arn": f"arn:aws-cn:eks:cn-north-1:{A}:cluster/demo"},
        addons={"vpc-cni": {"addonArn": f"arn:aws-cn:eks:cn-north-1:{A}:addon/demo/vpc-cni/1"}},
        node_groups={"workers": raw},
        asgs={"workers": asg},
        surge=SurgeFacts(templates={"workers": version if group.get("launchTemplate") else None}),
    )


def asked(
    known: ClusterFacts,
    image: Image | None = None,
    *,
    control_plane: bool = False,
    addons: dict[str, str | None] | None = None,
    groups: dict[str, str] | None = None,
    **params: Any,
) -> list[AwsRight]:
    to_come = ToCome(
        control_plane=control_plane,
        addons=addons or {},
        groups={"workers": "workers-k126"} if groups is None else groups,
        images={"workers": image},
    )
    request = UpgradeRequest.from_params({"cluster_name": "demo", **params})
    return list(coming_rights(request, known, to_come))


def of(rights: list[AwsRight], action: str) -> list[AwsRight]:
    return [one for one in rights if one.action == action]


def resources(rights: list[AwsRight], action: str) -> set[str]:
    return {one.resource.split(":", maxsplit=5)[5] for one in of(rights, action)}


def test_nothing_is_asked_for_what_is_not_done() -> None:
    assert asked(facts(), groups={}) == []
    only = asked(facts(), groups={}, control_plane=True)
    assert {one.action for one in only} == {"eks:UpdateClusterVersion", "eks:DescribeUpdate"}


def test_every_arn_is_of_the_clusters_partition_and_account() -> None:
    known = facts(launchTemplate=TEMPLATE)
    rights = asked(known, IMAGE, control_plane=True, addons={"vpc-cni": None}, may_unprotect=True)
    arns = {one.resource for one in rights} - {"*"}
    assert all(arn.startswith("arn:aws-cn:") for arn in arns)
    assert all(A in arn or ":image/" in arn for arn in arns)


def test_an_add_ons_role_is_passed_and_named() -> None:
    roles = {"vpc-cni": f"arn:aws-cn:iam::{A}:role/cni", "ebs": f"arn:aws-cn:iam::{A}:role/ebs"}
    rights = asked(facts(), groups={}, addons={**roles, "coredns": None})
    passed = of(rights, "iam:PassRole")
    assert {one.resource for one in passed} == set(roles.values())
    assert {one.context for one in passed} == {(("iam:PassedToService", ("eks.amazonaws.com",)),)}
    (problem,) = denied_problems([DeniedRight(passed[1])])
    assert "iam:PassRole on arn:aws-cn:iam::111122223333:role/ebs for the role of add-on ebs" in (
        problem.what
    )
    assert "iam-addons.json" in problem.remedy


def test_creating_a_group_needs_what_eks_asks_besides() -> None:
    rights = asked(facts())
    assert resources(rights, "iam:GetRole") == {
        "role/nodes",
        "role/aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup",
    }
    assert resources(rights, "iam:ListAttachedRolePolicies") == {"role/nodes"}
    services = {dict(one.context)["iam:PassedToService"] for one in of(rights, "iam:PassRole")}
    assert services == {("eks.amazonaws.com",), ("ec2.amazonaws.com",)}
    (create,) = of(rights, "eks:CreateNodegroup")
    tags = dict(create.context)["aws:TagKeys"]
    assert set(tags) == {"team", REPLACES}, "AWS's own tags are not sent"
    assert of(rights, "eks:TagResource")
    assert not of(rights, "ec2:RunInstances"), "there is no launch template"


def test_a_group_whose_replacement_stands_is_not_created_again() -> None:
    known = facts()
    rights = asked(known, groups={"workers": "workers"})
    assert not of(rights, "eks:CreateNodegroup")
    assert of(rights, "eks:DeleteNodegroup")


def test_from_a_template_instances_are_started_with_what_it_names() -> None:
    rights = asked(facts(launchTemplate=TEMPLATE), IMAGE)
    named = {
        one.resource.rpartition(":")[2]: dict(one.context).get("ec2:IsLaunchTemplateResource")
        for one in of(rights, "ec2:RunInstances")
    }
    assert named == {
        "image/ami-new": ("true",),
        "instance/*": ("false",),
        "volume/*": ("false",),
        "network-interface/*": ("false",),
        "subnet/subnet-a": ("false",),
        "subnet/subnet-b": ("false",),
        "security-group/sg-1": ("true",),
        "key-pair/ops": ("true",),
        "launch-template/lt-0a": None,
    }
    assert resources(rights, "ec2:CreateLaunchTemplateVersion") == {"launch-template/lt-0a"}
    assert not of(rights, "ec2:CreateLaunchTemplate")


def test_where_eks_chooses_the_image_no_version_is_made() -> None:
    rights = asked(facts(launchTemplate=TEMPLATE))
    assert of(rights, "ec2:RunInstances")
    assert not of(rights, "ec2:CreateLaunchTemplateVersion")


def test_a_template_that_must_be_made_carries_our_tag_in_the_question() -> None:
    rights = asked(facts(), IMAGE)
    (make,) = of(rights, "ec2:CreateLaunchTemplate")
    assert dict(make.context)["aws:RequestTag/eks-upgrade/cluster"] == ("demo",)
    assert make.file == "iam-new-launch-template.json"
    (tag,) = [one for one in of(rights, "ec2:CreateTags") if "launch-template" in one.resource]
    assert dict(tag.context)["ec2:CreateAction"] == ("CreateLaunchTemplate",)
    (start,) = [one for one in of(rights, "ec2:RunInstances") if "launch-templ" in one.resource]
    assert dict(start.context)["ec2:ResourceTag/eks-upgrade/cluster"] == ("demo",)


def test_of_a_template_that_only_its_name_tells_the_arn_is_not_guessed() -> None:
    rights = asked(facts(launchTemplate={"name": "own", "version": "3"}))
    assert "launch-template" not in str(resources(rights, "ec2:RunInstances"))


@pytest.mark.parametrize(
    ("params", "action", "file"),
    [
        ({"may_unprotect": True}, "autoscaling:SetInstanceProtection", "iam-unprotect.json"),
        ({"may_unprotect": True}, "autoscaling:ExitStandby", "iam-unprotect.json"),
        ({"may_delete_asg": True}, "autoscaling:DeleteAutoScalingGroup", "iam-delete-asg.json"),
    ],
)
def test_what_the_recovery_may_do_is_asked_for_if_it_may(
    params: dict[str, Any], action: str, file: str
) -> None:
    assert not of(asked(facts()), action)
    (right,) = of(asked(facts(), **params), action)
    assert (right.resource, right.file) == (ASG_ARN, file)


def test_peoples_tags_go_to_the_new_auto_scaling_group_and_ours_to_the_old_one() -> None:
    rights = of(asked(facts()), "autoscaling:CreateOrUpdateTags")
    by_group = {one.resource: dict(one.context) for one in rights}
    assert by_group.pop(ASG_ARN)["aws:TagKeys"] == (REBALANCE_TAG,)
    ((arn, context),) = by_group.items()
    assert "autoScalingGroupName/eks-workers-k126-" in arn
    assert context["aws:TagKeys"] == ("k8s.io/cluster-autoscaler/enabled",)
    assert context["autoscaling:ResourceTag/eks:cluster-name"] == ("demo",)
    (resting,) = of(asked(facts()), "autoscaling:SuspendProcesses")
    assert resting.resource == ASG_ARN


def test_no_right_is_asked_for_twice_and_none_without_a_purpose_and_a_file() -> None:
    rights = asked(facts(launchTemplate=TEMPLATE), IMAGE, control_plane=True, may_unprotect=True)
    assert len(rights) == len(set(rights))
    assert all(one.purpose and one.file.startswith("iam-") for one in rights)


def test_what_denies_is_named_beside_what_is_denied() -> None:
    right = AwsRight(action="eks:DeleteNodegroup", purpose="to delete", file="iam-node-groups.json")
    (problem,) = denied_problems([DeniedRight(right, "an explicit deny in a policy")])
    assert "eks:DeleteNodegroup to delete (denied by an explicit deny in a policy)" in problem.what
    assert denied_problems([]) == ()
