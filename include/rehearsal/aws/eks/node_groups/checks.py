"""What EKS refuses when a managed node group is created.

The rules about launch templates: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

import re
from typing import Any
from urllib.parse import unquote

from moto.iam.models import iam_backends

from include.rehearsal.aws import errors
from include.rehearsal.aws.eks.clusters import check_role, check_subnets
from include.rehearsal.aws.eks.state import ClusterState, EksRegion
from include.rehearsal.aws.eks.version_checks import check_free
from include.rehearsal.aws.quotas import GROUPS_PER_CLUSTER, NODES_PER_GROUP, value_of
from include.rehearsal.catalogue import minor

NAME = re.compile(r"^[0-9A-Za-z][0-9A-Za-z_-]*$")
NAME_LIMIT = 63
LAST_AL2_MINOR = 32
FORBIDDEN_IN_TEMPLATE = {
    "IamInstanceProfile": "an instance profile",
    "InstanceInitiatedShutdownBehavior": "a shutdown behavior",
    "HibernationOptions": "hibernation options",
}


def check(region: EksRegion, state: ClusterState, request: dict[str, Any]) -> Any:
    """Refuse what EKS refuses.

    Returns:
        moto's launch template version that the request names, or None.

    Raises:
        AwsError: InvalidParameter, InvalidRequest, ResourceInUse or ResourceLimitExceeded.
    """
    name = request["nodegroupName"]
    if not NAME.match(name) or len(name) > NAME_LIMIT:
        raise errors.invalid_parameter(
            f"nodegroupName '{name}' can't be longer than {NAME_LIMIT} characters and must "
            "consist of letters, digits, hyphens and underscores",
            clusterName=state.name,
        )
    if name in state.groups:
        raise errors.in_use(
            f"NodeGroup already exists with name {name} and cluster name {state.name}",
            clusterName=state.name,
            nodegroupName=name,
        )
    if state.raw["status"] != "ACTIVE":
        raise errors.invalid_request(
            f"Cluster '{state.name}' is not in ACTIVE status", clusterName=state.name
        )
    check_free(state, "NodegroupCreation")
    _check_quotas(state, request)
    check_subnets(region, request.get("subnets", []))
    check_role(region, request["nodeRole"])
    _check_trust(region, request["nodeRole"])
    _check_sizes(request.get("scalingConfig") or {})
    version = template_version(region, request.get("launchTemplate"))
    data = version.data if version else {}
    _check_template(request, data)
    _check_version(state, request, has_image=bool(data.get("ImageId")))
    _check_minor(state, request)
    return version


def template_version(region: EksRegion, spec: dict[str, Any] | None) -> Any:
    """Moto's launch template version for an EKS launchTemplate object, or None.

    Raises:
        AwsError: InvalidParameter (id and name), InvalidRequest (no such template or version).
    """
    if not spec:
        return None
    if bool(spec.get("id")) is bool(spec.get("name")):
        # https://github.com/aws-controllers-k8s/community/issues/2645
        raise errors.invalid_parameter(
            "Either provide launch template ID or launch template name in the request."
        )
    template_id = spec.get("id") or region.ec2.launch_template_name_to_ids.get(spec.get("name"))
    template = region.ec2.launch_templates.get(template_id)
    if template is None or not region.ec2.is_seen(template.id, 1):
        named = f"ID {spec['id']}" if spec.get("id") else f"name {spec.get('name')}"
        raise errors.invalid_parameter(
            "Launch template could not be found : The specified launch template, with template "
            f"{named}, does not exist."
        )
    wanted = str(spec.get("version") or "$Default")
    gone = region.ec2.deleted_versions
    numbers = [
        str(v.number)
        for v in template.versions
        if (template.id, v.number) not in gone and region.ec2.is_seen(template.id, v.number)
    ]
    if not wanted.startswith("$") and wanted not in numbers:
        raise errors.invalid_parameter(
            "Launch template could not be found : Could not find the specified version "
            f"{wanted} for the launch template with ID {template.id}."
        )
    return template.get_version(wanted)


def _check_trust(region: EksRegion, arn: str) -> None:
    """EC2 must be trusted by the node role (https://github.com/eksctl-io/eksctl/issues/3290)."""
    roles = iam_backends[region.account_id]["aws"].roles.values()
    (role,) = [one for one in roles if one.arn == arn]
    if "ec2.amazonaws.com" not in unquote(str(role.assume_role_policy_document)):
        raise errors.invalid_parameter(
            "Following required service principals [ec2.amazonaws.com] were not found in the trust "
            f"relationships of nodeRole {arn}"
        )


def _check_quotas(state: ClusterState, request: dict[str, Any]) -> None:
    if len(state.groups) >= value_of(GROUPS_PER_CLUSTER):
        raise errors.limit_exceeded(
            f"Nodegroup limit exceeded for cluster {state.name}", clusterName=state.name
        )
    wanted = (request.get("scalingConfig") or {}).get("desiredSize", 1)
    if wanted > value_of(NODES_PER_GROUP):
        raise errors.limit_exceeded(
            f"Nodegroup size {wanted} exceeds the limit of nodes per node group",
            clusterName=state.name,
        )


def _check_sizes(scaling: dict[str, Any]) -> None:
    low, high = scaling.get("minSize", 1), scaling.get("maxSize", 2)
    desired = scaling.get("desiredSize", low)
    if low > high:
        raise errors.invalid_parameter(
            f"Minimum capacity {low} can't be greater than maximum size {high}"
        )
    if not low <= desired <= high:
        raise errors.invalid_parameter(
            f"desired capacity {desired} must be between minimum size {low} and maximum size {high}"
        )


def _check_template(request: dict[str, Any], data: dict[str, Any]) -> None:
    if not request.get("launchTemplate"):
        return
    for key, word in FORBIDDEN_IN_TEMPLATE.items():
        if data.get(key):
            raise errors.invalid_request(f"Launch template should not specify {word}.")
    if any(nic.get("SubnetId") for nic in data.get("NetworkInterfaces") or []):
        raise errors.invalid_request("Launch template should not specify a subnet.")
    interfaces = data.get("NetworkInterfaces") or []
    if data.get("SecurityGroupIds") and any(nic.get("Groups") for nic in interfaces):
        raise errors.invalid_request(
            "Launch template should not specify security groups and network interface groups."
        )
    if (data.get("InstanceMarketOptions") or {}).get("SpotOptions"):
        raise errors.invalid_request("Launch template should not specify spot options.")
    if request.get("diskSize"):
        raise errors.invalid_parameter("Disk size must be specified within the launch template.")
    if request.get("remoteAccess"):
        raise errors.invalid_parameter(
            "Remote access configuration cannot be specified with a launch template."
        )
    if request.get("instanceTypes") and data.get("InstanceType"):
        raise errors.invalid_request(
            "Cannot specify instance types in launch template and API Request"
        )


def _check_version(state: ClusterState, request: dict[str, Any], *, has_image: bool) -> None:
    if has_image:
        if request.get("amiType") not in (None, "CUSTOM"):
            # https://github.com/rancher/rancher/issues/38704
            raise errors.invalid_parameter(
                "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in "
                "your launch template.",
                clusterName=state.name,
            )
        if request.get("version"):
            # error-create-nodegroup-version-with-image of tests/recordings
            raise errors.invalid_parameter(
                "You cannot specify a kubernetes version to use when specifying an image id to use "
                "within the launch template.",
                clusterName=state.name,
            )
        given = [k for k in ("releaseVersion",) if request.get(k)]
        if given:
            raise errors.invalid_parameter(
                f"You cannot specify the field {', '.join(given)} when specifying an image id "
                "within the launch template.",
                clusterName=state.name,
            )
        return
    if request.get("amiType") == "CUSTOM":
        raise errors.invalid_parameter(
            "Launch template details can't be null for Custom ami type node group",
            clusterName=state.name,
        )
    # https://github.com/aws/aws-cdk/issues/37012
    if str(request.get("amiType")).startswith("AL2_") and minor(state.version) > LAST_AL2_MINOR:
        raise errors.invalid_parameter(
            f"AMI Type {request['amiType']} is only supported for kubernetes versions "
            f"1.{LAST_AL2_MINOR} or earlier",
            clusterName=state.name,
        )


def _check_minor(state: ClusterState, request: dict[str, Any]) -> None:
    """The minor that is asked for must be the cluster's, as this call sees that.

    The text is that of UpdateNodegroupVersion (aws-controllers-k8s/community#2957), which also met
    it while the cluster's own update was not over everywhere.
    """
    if not request.get("version"):
        return
    seen = state.read_version()
    if request["version"] != seen:
        raise errors.invalid_parameter(
            f"Nodegroup Kubernetes version should be equal to Cluster kubernetes version {seen}",
            clusterName=state.name,
        )
