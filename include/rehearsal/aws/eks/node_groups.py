"""Managed node groups: creation with a real Auto Scaling group, and description."""

from typing import Any

from moto.core.types import Base64EncodedString

from include.rehearsal import catalogue
from include.rehearsal.aws import errors
from include.rehearsal.aws.autoscaling.group import EKS_TERMINATE_HOOK, TERMINATING
from include.rehearsal.aws.bootstrap import bootstrap_problem
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.group_checks import check
from include.rehearsal.aws.eks.nodes import architecture
from include.rehearsal.aws.eks.state import (
    ClusterState,
    EksRegion,
    GroupState,
    new_id,
    now,
    page,
)
from include.rehearsal.faults import GroupEnd

FIRST_AL2023_MINOR = 30  # the default image family of new groups from here on
HOOK_SECONDS = 1800
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


def create(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """CreateNodegroup: checks, then an Auto Scaling group, then waits for the nodes.

    Raises:
        AwsError: see `group_checks.check`; InvalidParameter for an image that EKS lacks.
    """
    state, token = region.cluster(request["clusterName"]), request.get("clientRequestToken")
    name = request["nodegroupName"]
    # A token stands for its group only while that exists; after a deletion it makes a new one.
    if token and state.tokens.get(token) == f"nodegroup/{name}" and name in state.groups:
        return {"nodegroup": state.groups[name].raw}
    version = check(region, state, request)
    data = dict(version.data) if version else {}
    ami_type, image = _image(region, state, request, data)
    group = GroupState(_description(region, state, request, ami_type, image, version))
    family = _family(region, image)
    if ami_type == "CUSTOM":
        group.join_problem = bootstrap_problem(data.get("UserData"), family, state.raw)
    group.end = world().faults.take_group(state.name, name)
    if group.end and group.end.code and group.end.launches:
        group.join_problem = message_of(group.end)
    state.groups[name] = group
    if token:
        state.tokens[token] = f"nodegroup/{name}"
    _copy_template(region, group, data, image, request)
    _make_asg(region, state, group)
    began = world().clock.now()
    world().clock.later(
        world().timings.node_group_create, lambda: _poll(region, state, group, began)
    )
    return {"nodegroup": group.raw}


def _image(
    region: EksRegion, state: ClusterState, request: dict[str, Any], data: dict[str, Any]
) -> tuple[str, str]:
    """The (amiType, image id) of a group."""
    if data.get("ImageId"):
        return "CUSTOM", data["ImageId"]
    default = "AL2023_x86_64_STANDARD"
    if catalogue.minor(state.version) < FIRST_AL2023_MINOR:
        default = "AL2_x86_64"
    ami_type = request.get("amiType") or default
    image = eks_image(region, ami_type, state.version)
    if image is None:
        raise errors.invalid_parameter(
            f"Requested amiType {ami_type} has no image for Kubernetes {state.version}",
            clusterName=state.name,
        )
    return ami_type, image.id


def eks_image(region: EksRegion, ami_type: str, version: str) -> catalogue.CatalogueImage | None:
    """EKS's own newest image of an amiType for a Kubernetes minor, or None."""
    family = ami_type.split("_", maxsplit=1)[0].lower()
    machine = "arm64" if "ARM_64" in ami_type else "x86_64"
    return catalogue.newest_image(region.region_name, family, machine, version)


def _family(region: EksRegion, image: str) -> str:
    known = catalogue.images_by_id(region.region_name).get(image)
    return known.family if known else "al2"


def _description(
    region: EksRegion,
    state: ClusterState,
    request: dict[str, Any],
    ami_type: str,
    image: str,
    version: Any,
) -> dict[str, Any]:
    name = request["nodegroupName"]
    known = catalogue.images_by_id(region.region_name).get(image)
    release = image if ami_type == "CUSTOM" or known is None else known.release
    scaling = {"minSize": 1, "maxSize": 2, "desiredSize": 1, **(request.get("scalingConfig") or {})}
    raw = {
        "nodegroupName": name,
        "nodegroupArn": region.arn("nodegroup", state.name, name, new_id()),
        "clusterName": state.name,
        "version": state.version,
        "releaseVersion": release,
        "createdAt": now(),
        "modifiedAt": now(),
        "status": "CREATING",
        "capacityType": request.get("capacityType") or "ON_DEMAND",
        "scalingConfig": scaling,
        "subnets": list(request["subnets"]),
        "amiType": ami_type,
        "nodeRole": request["nodeRole"],
        "labels": request.get("labels") or {},
        "taints": request.get("taints") or [],
        "health": {"issues": []},
        "updateConfig": request.get("updateConfig") or {"maxUnavailable": 1},
        "tags": request.get("tags") or {},
    }
    for key in ("remoteAccess", "nodeRepairConfig", "warmPoolConfig"):
        if request.get(key):
            raw[key] = request[key]
    if version is None:
        raw["diskSize"] = request.get("diskSize") or 20
    else:
        raw["launchTemplate"] = {
            "id": version.template.id,
            "name": version.template.name,
            "version": str(version.number),
        }
    if request.get("instanceTypes") or not (version and version.data.get("InstanceType")):
        raw["instanceTypes"] = request.get("instanceTypes") or [_default_type(ami_type)]
    return raw


def _default_type(ami_type: str) -> str:
    return "t4g.medium" if "ARM_64" in ami_type else "t3.medium"


def _copy_template(
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
        f"eks-{new_id()}", "", own, {"launch-template": request.get("tags") or {}}
    )
    group.template_id = template.id


def _make_asg(region: EksRegion, state: ClusterState, group: GroupState) -> None:
    scaling = group.raw["scalingConfig"]
    name = f"eks-{group.raw['nodegroupName']}-{new_id()}"
    group.asg = name
    group.raw["resources"] = {"autoScalingGroups": [{"name": name}]}
    world().asg_clusters[name] = state.name
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
        launch_template={"LaunchTemplateId": group.template_id, "Version": "1"},
        vpc_zone_identifier=",".join(group.raw["subnets"]),
        default_cooldown=None,
        health_check_period=None,
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
        region.autoscaling.group(name).record(
            "Launching a new EC2 instance.", "Failed", message=problem
        )
    region.autoscaling.create_lifecycle_hook(
        name=EKS_TERMINATE_HOOK,
        as_name=name,
        transition=TERMINATING,
        timeout=HOOK_SECONDS,
        result="CONTINUE",
    )


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


def _poll(region: EksRegion, state: ClusterState, group: GroupState, began: float) -> None:
    """ACTIVE once all instances have joined, CREATE_FAILED when they never do."""
    if state.groups.get(group.raw["nodegroupName"]) is not group:
        return
    if group.raw["status"] != "CREATING":
        return
    instances = [m.instance_id for m in members(region, group)]
    missing = [i for i in instances if i not in group.joined]
    if not missing and len(instances) >= group.raw["scalingConfig"]["desiredSize"]:
        group.raw.update(status="ACTIVE", modifiedAt=now())
    elif world().clock.now() - began >= world().timings.join_limit:
        issue = _issue(group, launched=bool(instances), resources=missing or [group.asg])
        group.raw.update(status="CREATE_FAILED", health={"issues": [issue]}, modifiedAt=now())
    else:
        world().clock.later(world().timings.poll, lambda: _poll(region, state, group, began))


def _issue(group: GroupState, *, launched: bool, resources: list[str]) -> dict[str, Any]:
    """The health issue of a group whose creation failed."""
    code = "NodeCreationFailure" if launched else "AsgInstanceLaunchFailures"
    message = NEVER_JOINED if launched else str(group.join_problem)
    if group.end and group.end.code:
        code, message = group.end.code, message_of(group.end)
    return {"code": code, "message": message, "resourceIds": resources}


def members(region: EksRegion, group: GroupState) -> list[Any]:
    """The instances of a group's Auto Scaling group; none when it no longer exists."""
    asg = region.asg(group)
    return list(asg.instance_states) if asg else []


def describe(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeNodegroup."""
    state = region.cluster(request["clusterName"])
    return {"nodegroup": state.group(request["nodegroupName"]).raw}


def list_groups(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListNodegroups."""
    return page(sorted(region.cluster(request["clusterName"]).groups), request, "nodegroups")
