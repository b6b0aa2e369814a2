"""What EKS makes for a node group: its copy of the launch template, and the Auto Scaling group."""

from typing import Any

from moto.core.types import Base64EncodedString

from include.rehearsal import catalogue
from include.rehearsal.aws.autoscaling.group import EKS_TERMINATE_HOOK, TERMINATING
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.nodes import architecture
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, GroupState
from include.rehearsal.aws.eks.zonal_shifts import open_subnets
from include.rehearsal.faults import GroupEnd

HOOK_SECONDS = 1800
GRACE_SECONDS = 15  # tests/recordings/aws/describe-asg-eks-scaled-to-zero.json
FIRST_MINOR_BY_PRICE = 28
"""Spot groups of clusters from this minor on are allocated by price, too:
https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html"""

NEVER_JOINED = "Instances failed to join the kubernetes cluster"
# What EKS says when a rehearsed failure brings no message of its own.
MESSAGES = {
    "NodeCreationFailure": NEVER_JOINED,
    "AsgInstanceLaunchFailures": "Could not launch On-Demand Instances. "
    "InsufficientInstanceCapacity - We currently do not have sufficient capacity for the "
    "requested instance type in the Availability Zone you requested. Launching EC2 instance "
    "failed.",
    "InsufficientFreeAddresses": "Could not launch On-Demand Instances. "
    "InsufficientFreeAddressesInSubnet - There are not enough free addresses in the subnets to "
    "satisfy the requested number of instances. Launching EC2 instance failed.",
}


def message_of(end: GroupEnd) -> str:
    """The message of a rehearsed failure."""
    return end.message or MESSAGES.get(end.code, end.code)


def copy_template(
    region: EksRegion, group: GroupState, data: dict[str, Any], image: str, request: dict[str, Any]
) -> None:
    """EKS works from its own copy of the launch template, named after the group."""
    own = {
        **data,
        "ImageId": image,
        "InstanceType": data.get("InstanceType") or (group.raw.get("instanceTypes") or [""])[0],
    }
    if "UserData" not in own or own["UserData"] is None:
        own["UserData"] = Base64EncodedString.from_raw_string("#!/bin/bash\n# by EKS")
    template = region.ec2.create_launch_template(
        f"eks-{group.id}", "", own, {"launch-template": request.get("tags") or {}}
    )
    group.template_id = template.id


def make_asg(region: EksRegion, state: ClusterState, group: GroupState) -> None:
    """The group's Auto Scaling group, tagged as EKS does, with EKS's own termination hook."""
    scaling = group.raw["scalingConfig"]
    name = f"eks-{group.raw['nodegroupName']}-{group.id}"
    group.asg = name
    group.raw["resources"] = {"autoScalingGroups": [{"name": name}]}
    world().asg_clusters[name] = state.key
    if group.end and not group.end.launches:
        world().launch_problems[name] = message_of(group.end)
    # With size zero moto launches nothing, while EKS shows the sizes that were requested.
    problem = _machine_problem(region, group)
    region.autoscaling.create_auto_scaling_group(
        name=name,
        availability_zones=[],
        desired_capacity=0 if problem else scaling["desiredSize"],
        max_size=scaling["maxSize"],
        min_size=0 if problem else scaling["minSize"],
        launch_config_name="",
        launch_template={},
        mixed_instances_policy=_instances_policy(region, state, group),
        vpc_zone_identifier=",".join(open_subnets(region, state, group)),
        default_cooldown=None,
        health_check_period=GRACE_SECONDS,
        health_check_type="EC2",
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
        tags=_asg_tags(name, state.name, group.raw["nodegroupName"]),
        capacity_rebalance=True,
    )
    if problem:
        group.join_problem = problem
        region.autoscaling.group(name).record_launch(
            "Launching a new EC2 instance.", "Failed", group.raw["subnets"][0], message=problem
        )
    region.autoscaling.create_lifecycle_hook(
        name=EKS_TERMINATE_HOOK,
        as_name=name,
        transition=TERMINATING,
        timeout=HOOK_SECONDS,
        result="CONTINUE",
    )


def _instances_policy(region: EksRegion, state: ClusterState, group: GroupState) -> dict[str, Any]:
    """EKS's groups have one in any case, and so no launch template of their own beside it."""
    data = region.ec2.launch_templates[group.template_id].default_version().data
    types = group.raw.get("instanceTypes") or [data["InstanceType"]]
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": group.template_id, "Version": "1"},
            "Overrides": [{"InstanceType": one} for one in types],
        },
        "InstancesDistribution": _distribution(state, spot=group.raw["capacityType"] == "SPOT"),
    }


def _distribution(state: ClusterState, *, spot: bool) -> dict[str, Any]:
    shared = {"OnDemandAllocationStrategy": "prioritized", "OnDemandBaseCapacity": 0}
    if not spot:
        return {
            **shared,
            "OnDemandPercentageAboveBaseCapacity": 100,
            "SpotAllocationStrategy": "lowest-price",
            "SpotInstancePools": 2,
        }
    by_price = catalogue.minor(state.version) >= FIRST_MINOR_BY_PRICE
    return {
        **shared,
        "OnDemandPercentageAboveBaseCapacity": 0,
        "SpotAllocationStrategy": "price-capacity-optimized" if by_price else "capacity-optimized",
    }


def _machine_problem(region: EksRegion, group: GroupState) -> str | None:
    """Why EC2 could not launch this image on this instance type."""
    data = region.ec2.launch_templates[group.template_id].default_version().data
    image = region.ec2.amis.get(data["ImageId"])
    if image is None:
        return f"The image id '[{data['ImageId']}]' does not exist. Launching EC2 instance failed."
    wanted = architecture(data["InstanceType"])
    if image.architecture and image.architecture != wanted:
        return (
            f"The architecture '{wanted}' of the specified instance type does not match the "
            f"architecture '{image.architecture}' of the specified AMI. Launching EC2 instance "
            "failed."
        )
    return None


def _asg_tags(asg: str, cluster: str, group: str) -> list[dict[str, Any]]:
    tags = {
        "eks:cluster-name": cluster,
        "eks:nodegroup-name": group,
        f"kubernetes.io/cluster/{cluster}": "owned",
        f"k8s.io/cluster-autoscaler/{cluster}": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
    }
    return [
        {"Key": k, "Value": v, "ResourceId": asg, "PropagateAtLaunch": True}
        for k, v in tags.items()
    ]


def members(region: EksRegion, group: GroupState) -> list[Any]:
    """The instances of a group's Auto Scaling group; none when it no longer exists."""
    asg = region.asg(group)
    return list(asg.instance_states) if asg else []
