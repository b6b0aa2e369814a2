"""What EKS takes of an UpdateNodegroupVersion, and to which image it leads.

Texts: eksctl-io/eksctl#7976 (release of another minor), aws-controllers-k8s/community#2957 (minor),
https://repost.aws/knowledge-center/eks-managed-node-group-update (custom images, health) and
https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/eks/node_group.go
(template named twice). Of another template than the group's only the rule is documented.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from include.rehearsal.aws import errors
from include.rehearsal.aws.eks.node_groups.checks import template_version
from include.rehearsal.aws.eks.node_groups.creation import eks_image
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, GroupState

UPDATED_ALL_THE_SAME: Final = (
    "AsgInstanceLaunchFailures",
    "InstanceLimitExceeded",
    "InsufficientFreeAddresses",
    "ClusterUnreachable",
)


@dataclass(frozen=True)
class Wanted:
    """What the update leads to: launch template data, parameters, and what is shown afterwards."""

    data: dict[str, Any]
    params: dict[str, str]
    shown: dict[str, Any] = field(default_factory=dict)


def wanted_version(
    region: EksRegion, state: ClusterState, group: GroupState, request: dict[str, Any]
) -> Wanted:
    """Read the request.

    Raises:
        AwsError: InvalidParameter; InvalidRequest where the group's health forbids it.
    """
    _check_health(group)
    used = group.raw.get("launchTemplate")
    asked = request.get("launchTemplate")
    if group.raw["amiType"] == "CUSTOM":
        return _custom(region, request, used, asked)
    template = _template(region, used, asked) if asked else None
    return _eks_image(region, state, group, request, template)


def _check_health(group: GroupState) -> None:
    issues = {str(one.get("code")) for one in group.raw["health"]["issues"]}
    if issues - set(UPDATED_ALL_THE_SAME):
        raise errors.invalid_request(
            "Nodegroup health has issues other than " + ", ".join(UPDATED_ALL_THE_SAME)
        )


def _custom(region: EksRegion, request: dict[str, Any], used: Any, asked: Any) -> Wanted:
    for key, word in (("version", "kubernetesVersion"), ("releaseVersion", "releaseVersion")):
        if request.get(key):
            raise errors.invalid_parameter(
                f"You cannot specify the field {word} when using custom AMIs"
            )
    if not asked:
        raise errors.invalid_parameter(
            "Launch template details can't be null for Custom ami type node group"
        )
    version = _template(region, used, asked)
    image = version.data.get("ImageId", "")
    return Wanted(
        dict(version.data),
        {
            "LaunchTemplateName": version.template.name,
            "LaunchTemplateVersion": str(version.number),
        },
        {"launchTemplate": _shown(version), "releaseVersion": image},
    )


def _template(region: EksRegion, used: Any, asked: dict[str, Any]) -> Any:
    """The version that is asked for, of the template that the group was created with."""
    version = template_version(region, asked)
    if not used:
        raise errors.invalid_parameter(
            "Node group was not created with a launch template, so none can be specified"
        )
    if version.template.id != used["id"]:
        raise errors.invalid_parameter(
            "The launch template must be the one that the node group was created with"
        )
    return version


def _shown(version: Any) -> dict[str, str]:
    return {
        "id": version.template.id,
        "name": version.template.name,
        "version": str(version.number),
    }


def _eks_image(
    region: EksRegion,
    state: ClusterState,
    group: GroupState,
    request: dict[str, Any],
    template: Any,
) -> Wanted:
    own = str(group.raw["version"])
    # Left out, it is the group's own, whatever the control plane has (eksctl-io/eksctl#7976).
    version = str(request.get("version") or own)
    if version not in (own, state.version):
        raise errors.invalid_parameter(
            f"Nodegroup Kubernetes version should be equal to Cluster kubernetes version "
            f"{state.version} or NodeGroup kubernetes version {own}",
            clusterName=state.name,
        )
    release = request.get("releaseVersion")
    if release and not str(release).startswith(f"{version}."):
        raise errors.invalid_parameter(
            f"Requested release version {release} is not valid for kubernetes version {version}.",
            clusterName=state.name,
        )
    image = eks_image(region, group.raw["amiType"], version)
    if image is None:
        raise errors.invalid_parameter(
            f"{group.raw['amiType']} has no image for Kubernetes {version}", clusterName=state.name
        )
    if release and release != image.release:
        raise errors.invalid_parameter(
            f"Requested Nodegroup release version {release} is invalid. Allowed release version is "
            f"{image.release}",
            clusterName=state.name,
        )
    data = dict(template.data) if template else {}
    shown: dict[str, Any] = {"version": version, "releaseVersion": image.release}
    if template:
        shown["launchTemplate"] = _shown(template)
    return Wanted(
        {**data, "ImageId": image.id},
        {"Version": version, "ReleaseVersion": image.release},
        shown,
    )
