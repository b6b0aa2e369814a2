"""Managed node groups: creation with a real Auto Scaling group, and description."""

from typing import Any

from include.rehearsal import catalogue, images
from include.rehearsal.aws import errors
from include.rehearsal.aws.bootstrap import bootstrap_problem
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.aws_auth import let_in
from include.rehearsal.aws.eks.node_groups.checks import check
from include.rehearsal.aws.eks.node_groups.resources import (
    NEVER_JOINED,
    copy_template,
    make_asg,
    members,
    message_of,
)
from include.rehearsal.aws.eks.state import (
    ClusterState,
    EksRegion,
    GroupState,
    new_id,
    now,
    page,
)

FIRST_AL2023_MINOR = 30  # the default image family of new groups from here on


def create(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """CreateNodegroup: checks, then an Auto Scaling group, then waits for the nodes.

    Raises:
        AwsError: see `checks.check`; InvalidParameter for an image that EKS lacks.
    """
    state, token = region.cluster(request["clusterName"]), request.get("clientRequestToken")
    name = request["nodegroupName"]
    # A token stands for its group only while that exists; after a deletion it makes a new one.
    if token and state.tokens.get(token) == f"nodegroup/{name}" and name in state.groups:
        return {"nodegroup": state.groups[name].raw}
    version = check(region, state, request)
    # Left out, it is the cluster's, as this very call happens to see that.
    request = {**request, "version": request.get("version") or state.read_version()}
    data = dict(version.data) if version else {}
    ami_type, image = _image(region, state, request, data)
    group = GroupState(_description(region, state, request, ami_type, image, version))
    family = _family(region, image)
    if ami_type == "CUSTOM":
        group.join_problem = bootstrap_problem(data.get("UserData"), family, state.raw)
    group.end = world().faults.take_group(state.key, name)
    if group.end and group.end.code and group.end.launches:
        group.join_problem = message_of(group.end)
    state.groups[name] = group
    let_in(region, state, request["nodeRole"], ami_type)
    if token:
        state.tokens[token] = f"nodegroup/{name}"
    copy_template(region, group, data, image, request)
    make_asg(region, state, group)
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
    minor = request["version"]
    if catalogue.minor(minor) < FIRST_AL2023_MINOR:
        default = "AL2_x86_64"
    ami_type = request.get("amiType") or default
    image = eks_image(region, ami_type, minor)
    if image is None:
        raise errors.invalid_parameter(
            f"Requested amiType {ami_type} has no image for Kubernetes {minor}",
            clusterName=state.name,
        )
    return ami_type, image.id


def eks_image(region: EksRegion, ami_type: str, version: str) -> images.Image | None:
    """EKS's own newest image of an amiType for a Kubernetes minor, or None."""
    family = ami_type.split("_", maxsplit=1)[0].lower()
    machine = "arm64" if "ARM_64" in ami_type else "x86_64"
    return images.newest(region.region_name, family, machine, version)


def _family(region: EksRegion, image: str) -> str:
    known = images.by_id(region.region_name).get(image)
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
    known = images.by_id(region.region_name).get(image)
    release = image if ami_type == "CUSTOM" or known is None else known.release
    scaling = {"minSize": 1, "maxSize": 2, "desiredSize": 1, **(request.get("scalingConfig") or {})}
    raw = {
        "nodegroupName": name,
        "nodegroupArn": region.arn("nodegroup", state.name, name, new_id()),
        "clusterName": state.name,
        "version": request["version"],
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
        "health": {"issues": []},
        "updateConfig": {
            "updateStrategy": "DEFAULT",
            **(request.get("updateConfig") or {"maxUnavailable": 1}),
        },
        # Shown though nobody asked for it:
        # tests/recordings/aws/delete-nodegroup-access-entry-missing.json
        "nodeRepairConfig": {"enabled": False, **(request.get("nodeRepairConfig") or {})},
        "tags": request.get("tags") or {},
    }
    for key in ("taints", "remoteAccess", "warmPoolConfig"):
        if request.get(key):
            raw[key] = request[key]
    raw.update(_disk_or_template(request, version))
    if request.get("instanceTypes") or not (version and version.data.get("InstanceType")):
        raw["instanceTypes"] = request.get("instanceTypes") or [_default_type(ami_type)]
    return raw


def _disk_or_template(request: dict[str, Any], version: Any) -> dict[str, Any]:
    if version is None:
        return {"diskSize": request.get("diskSize") or 20}
    template = version.template
    named = {"id": template.id, "name": template.name, "version": str(version.number)}
    return {"launchTemplate": named}


def _default_type(ami_type: str) -> str:
    return "t4g.medium" if "ARM_64" in ami_type else "t3.medium"


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


def describe(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeNodegroup."""
    state = region.cluster(request["clusterName"])
    return {"nodegroup": state.group(request["nodegroupName"]).raw}


def list_groups(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListNodegroups."""
    return page(sorted(region.cluster(request["clusterName"]).groups), request, "nodegroups")
