"""What the green group's launch template version must hold, decided from plain data.

A group keeps its template for life, so the green one gets a new version of the blue one's
template, made from the version the blue group uses; everything not named here is inherited.
Limits: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

import base64
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.image import AL2, AL2023, BOTTLEROCKET, Image
from include.eks_upgrade.nodes.launch_templates.user_data.renew import (
    Change,
    Network,
    renew_user_data,
)
from include.eks_upgrade.nodes.launch_templates.version import (
    image_id_in,
    template_data,
    user_data_in,
)

HOP_LIMIT = 2
"""Hops to instance metadata that a pod with its own network needs; EKS's own templates say 2."""

_MAX_NAME = 128
_DATA_VOLUMES = {AL2: "/dev/xvda", AL2023: "/dev/xvda", BOTTLEROCKET: "/dev/xvdb"}
_UBUNTU_ROOT = "/dev/sda1"
_NAMESPACE = uuid.UUID("5b0f8f0e-6f0b-5f4e-9a51-0d7a3f6f2a57")

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class TemplatePlan:
    """A launch template version to be made, or found if it is already there.

    Attributes:
        template_id: the blue group's template; None when one must be made.
        template_name: name of the template to make; '' for a new version.
        source_version: version the new one inherits from; '' for a new template.
        data: LaunchTemplateData: what differs from the source.
        user_data: the wanted user data, decoded, for comparing with existing versions.
        description: VersionDescription; names the green group.
        token: ClientToken: the same wish has the same token.
        notes: what a person should know.
    """

    template_id: str | None
    template_name: str
    source_version: str
    data: dict[str, Any]
    user_data: str
    description: str
    token: str
    notes: tuple[str, ...] = field(default=())


def plan_template(
    cluster: Raw, step: Raw, image: Image, version: Raw | None
) -> TemplatePlan | Problem:
    """Decide the launch template version of the green group.

    Args:
        cluster: raw `describe_cluster()["cluster"]`.
        step: the plan's GroupStep: `blue`, `green` and `snapshot` are read.
        image: the image the green nodes start from.
        version: raw LaunchTemplateVersion the blue group uses, None when it has no template.
    """
    kept = step["snapshot"]
    change = Change(
        blue=step["blue"],
        green=step["green"],
        old_image=image_id_in(version, kept),
        new_image=image.id,
        labels=kept.get("labels") or {},
        taints=kept.get("taints") or (),
    )
    user_data = renew_user_data(
        user_data_in(version), family=image.family, network=Network.of(cluster), change=change
    )
    if isinstance(user_data, Problem):
        return user_data
    data: dict[str, Any] = {
        "ImageId": image.id,
        "UserData": base64.b64encode(user_data.encode()).decode("ascii"),
        "MetadataOptions": _metadata_options(template_data(version)),
    }
    if version is not None:
        return _new_version(step, version, data, user_data)
    return _new_template(cluster, step, image, data, user_data)


def _metadata_options(source: Raw) -> dict[str, Any]:
    """The source's options with an explicit hop limit; families differ in their defaults."""
    options: dict[str, Any] = dict(source.get("MetadataOptions") or {})
    options.pop("State", None)  # an answer's field that a request must not have
    options.setdefault("HttpPutResponseHopLimit", HOP_LIMIT)
    return options


def _description(step: Raw, image_id: str) -> str:
    return f"node group {step['green']} with {image_id}"[:255]


def _token(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))


def _new_version(step: Raw, version: Raw, data: dict[str, Any], user_data: str) -> TemplatePlan:
    source = str(version["VersionNumber"])
    template_id = str(version["LaunchTemplateId"])
    return TemplatePlan(
        template_id=template_id,
        template_name="",
        source_version=source,
        data=data,
        user_data=user_data,
        description=_description(step, data["ImageId"]),
        token=_token(template_id, source, step["green"], data["ImageId"], user_data),
    )


def template_name(cluster: str, green: str) -> str:
    """Name of a template made for a green group: deterministic, at most 128 characters."""
    name = f"eks-upgrade-{cluster}-{green}"
    if len(name) <= _MAX_NAME:
        return name
    # The end of the hash keeps two long names apart that are equal in their first part.
    return f"{name[: _MAX_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _new_template(
    cluster: Raw, step: Raw, image: Image, data: dict[str, Any], user_data: str
) -> TemplatePlan:
    """A template that says what the group itself may no longer say beside one."""
    kept, notes = step["snapshot"], []
    security_group = cluster.get("resourcesVpcConfig", {}).get("clusterSecurityGroupId")
    if security_group:
        data["SecurityGroupIds"] = [security_group]
    if kept.get("diskSize"):
        device = _DATA_VOLUMES.get(image.family, _UBUNTU_ROOT)
        volume = {"VolumeSize": int(kept["diskSize"]), "VolumeType": "gp3"}
        data["BlockDeviceMappings"] = [
            {"DeviceName": device, "Ebs": {**volume, "DeleteOnTermination": True}}
        ]
    remote = kept.get("remoteAccess") or {}
    if remote.get("ec2SshKey"):
        data["KeyName"] = remote["ec2SshKey"]
        notes.append(
            "the blue group's remote-access security group goes with it, so the green nodes have "
            "its key pair but no rule that lets SSH in"
        )
    name = template_name(cluster["name"], step["green"])
    return TemplatePlan(
        template_id=None,
        template_name=name,
        source_version="",
        data=data,
        user_data=user_data,
        description=_description(step, image.id),
        token=_token(name, image.id, user_data),
        notes=tuple(notes),
    )


def matching_version(plan: TemplatePlan, versions: Sequence[Raw]) -> Raw | None:
    """The newest existing version that already is what the plan wants, if there is one."""
    found = [
        version
        for version in versions
        if version.get("VersionDescription") == plan.description
        and template_data(version).get("ImageId") == plan.data["ImageId"]
        and user_data_in(version) == plan.user_data
    ]
    return max(found, key=lambda version: int(version["VersionNumber"]), default=None)
