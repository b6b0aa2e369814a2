"""Answers of EC2, SSM and quotas, read by the product, as (fact, as read, as recorded)."""

import base64
import binascii
import gzip
import re
from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.aws.capacity.read_capacity import (
    read_instance_types,
    read_instances,
    read_reservations,
    read_subnets,
)
from include.eks_upgrade.aws.capacity.read_quotas import read_quotas
from include.eks_upgrade.nodes.images.deprecation import deprecation_notes
from include.eks_upgrade.nodes.images.hardware import judge_hardware
from include.eks_upgrade.nodes.images.image import Image, family_of
from include.eks_upgrade.nodes.images.kubernetes_version import version_of
from include.eks_upgrade.nodes.images.suitability import Wanted, judge_image
from include.eks_upgrade.nodes.launch_templates.read_version import read_version
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from include.eks_upgrade.nodes.launch_templates.user_data.renew import (
    Change,
    NewUserData,
    judge_user_data,
)
from include.eks_upgrade.nodes.launch_templates.version import image_id_in, user_data_in
from tests.replay.door import client_of, parsed
from tests.replay.readers_eks import Facts, relabelled
from tests.replay.recordings import Recording

SAYS = (
    ("bottlerocket", re.compile(r"bottlerocket", re.IGNORECASE)),
    ("windows", re.compile(r"windows", re.IGNORECASE)),
    ("ubuntu", re.compile(r"^ubuntu-eks", re.IGNORECASE)),
    ("al2023", re.compile(r"Amazon ?Linux ?2023|al2023", re.IGNORECASE)),
    ("al2", re.compile(r"AmazonLinux2 |amazon-eks-(arm64-|gpu-)?node-1")),
)
"""What the makers of images for EKS write, and the family that it means."""
LATER, EARLIER = datetime(2099, 1, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC)


def images(recording: Recording) -> Facts:
    """DescribeImages: family, Kubernetes minor, deprecation, and whether a group can start it."""
    read = client_of("ec2", recording).describe_images()["Images"]
    yield "how many", len(read), len(recording.answer["Images"])
    for one, told in zip(read, recording.answer["Images"], strict=True):
        name, said = told["ImageId"], f"{told.get('Name')}\n{told.get('Description') or ''}"
        family = next((word for word, pattern in SAYS if pattern.search(said)), "")
        if told.get("Platform") == "windows":
            family = "windows"
        yield f"family of {name}", family_of(one), family
        minor = re.search(r"k8s(?::\s*|_)(\d\.\d+)", said)
        if minor:
            told_by = version_of(one, {minor[1]}).minor
            yield f"Kubernetes of {name}", told_by, minor[1]
        yield from _deprecation(one, told)
        if (
            minor
            and told.get("State")
            and told.get("Architecture")
            and family not in {"windows", ""}
        ):
            wanted = Wanted("workers", told["Architecture"], family, minor[1])
            usable = isinstance(judge_image(one, wanted, "here"), Image)
            yield f"{name} can be used", usable, told["State"] == "available"


def _deprecation(read: Any, told: dict[str, Any]) -> Facts:
    when = told.get("DeprecationTime")
    yield "deprecated once it is over", bool(deprecation_notes(read, LATER)), bool(when)
    try:
        datetime.fromisoformat(when or "")
    except ValueError:
        return
    yield "no word of it long before", deprecation_notes(read, EARLIER), ()


def template_versions(recording: Recording) -> Facts:
    """DescribeLaunchTemplateVersions, asked for each version."""
    for told in recording.answer["LaunchTemplateVersions"]:
        one = relabelled(recording, recording.operation, {"LaunchTemplateVersions": [told]})
        read = read_version(client_of("ec2", one), {"id": "lt-1", "version": "1"})
        yield from _template(read, told["LaunchTemplateData"])


def new_template_version(recording: Recording) -> Facts:
    """CreateLaunchTemplateVersion."""
    told = recording.answer["LaunchTemplateVersion"]
    read = parsed(recording)["LaunchTemplateVersion"]
    yield "its number", read["VersionNumber"], told["VersionNumber"]
    yield from _template(read, told["LaunchTemplateData"])


def new_template(recording: Recording) -> Facts:
    """CreateLaunchTemplate."""
    told, read = recording.answer["LaunchTemplate"], parsed(recording)["LaunchTemplate"]
    for key in ("LaunchTemplateId", "LaunchTemplateName", "LatestVersionNumber"):
        yield key, read.get(key), told.get(key)


def reservations(recording: Recording) -> Facts:
    """DescribeCapacityReservations."""
    told = {one["CapacityReservationId"]: one for one in recording.answer["CapacityReservations"]}
    read, warnings = read_reservations(client_of("ec2", recording), told)
    yield "warnings", warnings, ()
    for key in ("State", "InstanceType", "AvailabilityZone", "AvailableInstanceCount"):
        found = {name: one.get(key) for name, one in (read or {}).items()}
        yield key, found, {name: one.get(key) for name, one in told.items()}


def template_data(recording: Recording) -> Facts:
    """GetLaunchTemplateData, which has the data of a version."""
    yield from _template(parsed(recording), recording.answer["LaunchTemplateData"])


def _template(read: Any, told: dict[str, Any]) -> Facts:
    yield "its image", image_id_in(read, {}), told.get("ImageId") or None
    encoded = told.get("UserData")
    yield "its user data", user_data_in(read), _decoded(encoded) if encoded else None
    if encoded:
        yield "its parts", bool(parts_of(user_data_in(read) or "")), True


def _decoded(encoded: str) -> str:
    try:
        raw = base64.b64decode(encoded)
    except binascii.Error:  # then it is shown as it is
        return encoded
    return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode()


def user_data(recording: Recording) -> Facts:
    """User data by itself: judged for a new group of its own kind, and never with a crash.

    What is kept of it and what is refused is told in test_user_data_cases.py.
    """
    text = recording.answer["user_data"]
    named = re.search(r"bootstrap\.sh\s+(\S+)|name: (\S+)", text)
    cluster = next(filter(None, named.groups())) if named else "any"
    network = Network(
        cluster, "https://x.eks.amazonaws.com", "Q0E=", "172.20.0.0/16", "172.20.0.10"
    )
    family = "al2" if "bootstrap.sh" in text else "al2023"
    change = Change("old", "new", "ami-1", "ami-2")
    judged = judge_user_data(text, family=family, network=network, change=change)
    yield "its parts", bool(parts_of(text)), True
    if isinstance(judged, NewUserData):
        yield "its cluster", cluster in judged.text, True
    else:
        yield "a whole reason", bool(judged.what and judged.remedy), True


def parameter(recording: Recording) -> Facts:
    """GetParameter."""
    read = client_of("ssm", recording).get_parameter(Name="any")["Parameter"]
    yield "its value", read["Value"], recording.answer["Parameter"]["Value"]


def subnets(recording: Recording) -> Facts:
    """DescribeSubnets."""
    told = {one["SubnetId"]: one for one in recording.answer["Subnets"]}
    read = read_subnets(client_of("ec2", recording), list(told))
    for key in ("AvailabilityZone", "AvailableIpAddressCount", "VpcId"):
        found = {name: one.get(key) for name, one in read.items()}
        yield key, found, {name: one.get(key) for name, one in told.items()}


def instance_types(recording: Recording) -> Facts:
    """DescribeInstanceTypes."""
    told = {one["InstanceType"]: one for one in recording.answer["InstanceTypes"]}
    read = read_instance_types(client_of("ec2", recording), list(told))
    for name, one in told.items():
        machines = (one.get("ProcessorInfo") or {}).get("SupportedArchitectures") or []
        found = getattr(judge_hardware([read[name]], "it"), "architecture", None)
        yield f"architecture of {name}", found in machines, bool(machines)


def instances(recording: Recording) -> Facts:
    """DescribeInstances."""
    read, warnings = read_instances(client_of("ec2", recording))
    told = [i for many in recording.answer["Reservations"] for i in many.get("Instances") or []]
    yield "warnings", warnings, ()
    yield "ids", [i["InstanceId"] for i in read or ()], [i["InstanceId"] for i in told]


def quota(recording: Recording) -> Facts:
    """GetServiceQuota and GetAWSDefaultServiceQuota."""
    one = relabelled(recording, "GetServiceQuota")
    values, warnings = read_quotas(client_of("service-quotas", one), ["L-1216C47A"])
    yield "warnings", warnings, ()
    yield "its value", list(values.values()), [float(recording.answer["Quota"]["Value"])]
