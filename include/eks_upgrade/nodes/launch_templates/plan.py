"""What the new group's launch template version must hold, decided from plain data.

A group keeps its template for life, so the new one gets another version of the old one's
template, made from the version the old group uses; everything not named here is inherited.
Limits: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

import base64
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.ami_type import family_of_ami_type
from include.eks_upgrade.nodes.images.image import AL2, BOTTLEROCKET, UBUNTU
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.mime import compress
from include.eks_upgrade.nodes.launch_templates.user_data.model import SETTINGS
from include.eks_upgrade.nodes.launch_templates.user_data.reading import read_all
from include.eks_upgrade.nodes.launch_templates.user_data.renew import (
    Change,
    NewUserData,
    judge_user_data,
)
from include.eks_upgrade.nodes.launch_templates.version import (
    image_id_in,
    template_data,
    user_data_in,
    user_data_is_compressed,
)
from include.eks_upgrade.nodes.launch_templates.volumes import data_device, move_volumes

OUR_TAG = "eks-upgrade/cluster"
"""On launch templates that are made here, with the cluster's name: rights are bound to it."""

HOP_LIMIT = 2
"""Hops to instance metadata that a pod with its own network needs; EKS's own templates say 2."""

_MAX_NAME = 128
_MAX_USER_DATA = 16_384
"""Bytes of user data, before base64:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html"""
_NAMESPACE = uuid.UUID("5b0f8f0e-6f0b-5f4e-9a51-0d7a3f6f2a57")


@dataclass(frozen=True)
class TemplatePlan:
    """A launch template version to be made, or found if it is already there.

    Attributes:
        template_id: the old group's template; None when one must be made.
        template_name: name of the template to make; '' for a new version.
        source_version: version the new one inherits from; '' for a new template.
        data: LaunchTemplateData: what differs from the source.
        user_data: the wanted user data, decoded, for comparing with existing versions.
        description: VersionDescription; names the new group.
        token: ClientToken: the same wish has the same token.
        notes: what a person should know.
        tags: of a template that is to be made.
    """

    template_id: str | None
    template_name: str
    source_version: str
    data: dict[str, Any]
    user_data: str
    description: str
    token: str
    notes: tuple[str, ...] = field(default=())
    tags: Mapping[str, str] = field(default_factory=dict)


def plan_template(
    cluster: Raw,
    *,
    replacement: str,
    snapshot: Raw,
    image_id: str,
    image_family: str,
    version: Raw | None,
) -> TemplatePlan | Problem:
    """Decide the launch template version of the new group.

    Args:
        cluster: raw `describe_cluster()["cluster"]`.
        replacement: the new group.
        snapshot: what `clone.snapshot` kept of the old group.
        image_id: the image the new nodes start from.
        image_family: its family.
        version: raw LaunchTemplateVersion the old group uses, None when it has no template.
    """
    change = Change(
        old_name=snapshot["name"],
        new_name=replacement,
        old_image=image_id_in(version, snapshot),
        new_image=image_id,
        labels=snapshot.get("labels") or {},
        taints=snapshot.get("taints") or (),
        old_family=family_of_ami_type(str(snapshot.get("amiType") or "")),
    )
    judged = judge_user_data(
        user_data_in(version), family=image_family, network=Network.of(cluster), change=change
    )
    if isinstance(judged, Problem):
        return judged
    raw = _user_data_bytes(judged.text, version)
    if len(raw) > _MAX_USER_DATA:
        return _too_long(change.subject, len(raw))
    data: dict[str, Any] = {
        "ImageId": image_id,
        "UserData": base64.b64encode(raw).decode("ascii"),
        "MetadataOptions": _metadata_options(template_data(version)),
    }
    if version is not None:
        volumes = _volumes(version, change, image_family)
        if isinstance(volumes, Problem):
            return volumes
        return _new_version(version, replacement, data | volumes, judged)
    return _template_of_its_own(cluster, replacement, snapshot, data, judged, family=image_family)


def _template_of_its_own(
    cluster: Raw,
    replacement: str,
    snapshot: Raw,
    data: dict[str, Any],
    judged: NewUserData,
    *,
    family: str,
) -> TemplatePlan:
    """A template for a group that had none: what the group itself said enters it."""
    of_group, notes = _data_of_group(cluster, snapshot, family)
    template = template_name(cluster["name"], replacement)
    return TemplatePlan(
        template_id=None,
        template_name=template,
        source_version="",
        data=data | of_group,
        user_data=judged.text,
        description=_description(replacement, data["ImageId"]),
        token=_token(template, data["ImageId"], judged.text),
        notes=(*judged.notes, *notes),
        tags={OUR_TAG: str(cluster["name"])},
    )


def _user_data_bytes(text: str, version: Raw | None) -> bytes:
    """The user data as it is sent: compressed where the source's is."""
    return compress(text) if user_data_is_compressed(version) else text.encode()


def _too_long(subject: str, length: int) -> Problem:
    return Problem(
        subject,
        f"for the new nodes it would be {length} bytes long, and EC2 takes {_MAX_USER_DATA}",
        "shorten it, or compress it with gzip, in a new version of the launch template",
    )


def _volumes(version: Raw, change: Change, family: str) -> dict[str, Any] | Problem:
    """What the new version says of volumes; nothing where the source's may stay."""
    mappings = template_data(version).get("BlockDeviceMappings") or ()
    before = change.old_family or _family_by_user_data(version, family)
    subject = f"volumes of node group {change.old_name}"
    moved = move_volumes(mappings, before, family, subject)
    if isinstance(moved, Problem):
        return moved
    return {} if moved is None else {"BlockDeviceMappings": moved}


def _family_by_user_data(version: Raw, family: str) -> str:
    """Bottlerocket, or not, by how the old nodes join; '' when that is not to be seen.

    The images of one way to join share a device, but for Ubuntu's, which is never changed into
    from another family.
    """
    styles = {one.style for one in read_all(user_data_in(version))} - {""}
    if not styles or family == UBUNTU:
        return ""
    return BOTTLEROCKET if SETTINGS in styles else AL2


def _metadata_options(source: Raw) -> dict[str, Any]:
    """The source's options with an explicit hop limit; families differ in their defaults."""
    options: dict[str, Any] = dict(source.get("MetadataOptions") or {})
    options.pop("State", None)  # an answer's field that a request must not have
    options.setdefault("HttpPutResponseHopLimit", HOP_LIMIT)
    return options


def _description(replacement: str, image_id: str) -> str:
    return f"node group {replacement} with {image_id}"[:255]


def _token(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))


def _new_version(
    version: Raw, replacement: str, data: dict[str, Any], judged: NewUserData
) -> TemplatePlan:
    source = str(version["VersionNumber"])
    template_id = str(version["LaunchTemplateId"])
    return TemplatePlan(
        template_id=template_id,
        template_name="",
        source_version=source,
        data=data,
        user_data=judged.text,
        description=_description(replacement, data["ImageId"]),
        token=_token(template_id, source, replacement, data["ImageId"], judged.text),
        notes=judged.notes,
    )


def template_name(cluster: str, replacement: str) -> str:
    """Name of a template made for a new group: deterministic, at most 128 characters."""
    name = f"eks-upgrade-{cluster}-{replacement}"
    if len(name) <= _MAX_NAME:
        return name
    # The end of the hash keeps two long names apart that are equal in their first part.
    return f"{name[: _MAX_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _data_of_group(
    cluster: Raw, snapshot: Raw, family: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a new template says because the group itself may not say it beside one; and notes."""
    data: dict[str, Any] = {}
    security_group = cluster.get("resourcesVpcConfig", {}).get("clusterSecurityGroupId")
    if security_group:
        data["SecurityGroupIds"] = [security_group]
    if snapshot.get("diskSize"):
        device = data_device(family)
        volume = {"VolumeSize": int(snapshot["diskSize"]), "VolumeType": "gp3"}
        data["BlockDeviceMappings"] = [
            {"DeviceName": device, "Ebs": {**volume, "DeleteOnTermination": True}}
        ]
    key_pair = (snapshot.get("remoteAccess") or {}).get("ec2SshKey")
    if not key_pair:
        return data, ()
    note = (
        "the old group's remote-access security group goes with it, so the new nodes have its "
        "key pair but no rule that lets SSH in"
    )
    return data | {"KeyName": key_pair}, (note,)


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
