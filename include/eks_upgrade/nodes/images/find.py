"""Which machine image the new nodes start from: found and verified, with the reasons.

Read-only. Every image, wherever its id came from, is looked at by DescribeImages before
anything is built on it.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.ami_type import ami_type_for
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.deprecation import deprecation_notes
from include.eks_upgrade.nodes.images.find_newer import (
    find_by_name,
    refuse_to_replace,
    with_offer,
)
from include.eks_upgrade.nodes.images.hardware import hardware
from include.eks_upgrade.nodes.images.image import Image, family_of
from include.eks_upgrade.nodes.images.private_image import is_private, of_whom
from include.eks_upgrade.nodes.images.ssm_parameter import al2_problem, parameter_name
from include.eks_upgrade.nodes.images.suitability import (
    Wanted,
    judge_image,
    no_such_image,
    pick_newest,
    unknown_family,
)
from include.eks_upgrade.nodes.launch_templates.merged import merged_template_problem
from include.eks_upgrade.nodes.launch_templates.read_version import read_version
from include.eks_upgrade.nodes.launch_templates.version import image_id_in

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ssm import SSMClient


def find_image(
    clients: AwsClients, choice: AmiChoice, group: Raw, to_version: str
) -> Image | Problem | None:
    """Find and verify the image for the group that replaces `group`.

    Args:
        clients: EC2 and SSM are read.
        choice: what the parameters ask for.
        group: raw `describe_nodegroup()["nodegroup"]` of the old group.
        to_version: Kubernetes minor of the new nodes (`1.26`).

    Returns:
        The image; None when EKS chooses its own (no custom image now, none asked for); or the
        Problem that stands in the way.

    Raises:
        Refused, Unreachable, UnexpectedResponse: AWS gave no answer (see aws/errors.py).
    """
    template = read_version(clients.ec2, group.get("launchTemplate"))
    present_id = image_id_in(template, group)
    if choice.source == "eks_optimized" and present_id is None:
        return _eks_chooses(choice, group, to_version, template)
    metal = hardware(clients.ec2, group, template)
    if isinstance(metal, Problem):
        return metal
    present = _describe(clients.ec2, present_id) if present_id else None
    family = choice.family if choice.family != "same" else _present_family(present, group)
    wanted = Wanted(
        group=group["nodegroupName"],
        architecture=metal.architecture,
        family=family,
        minor=to_version,
        present=present,
        accelerator=metal.accelerator,
    )
    if choice.source == "eks_optimized" and present_id and not choice.replace_custom_image:
        kept = refuse_to_replace(clients, wanted, present_id)
        if kept:
            return kept
    found = _candidate(clients, choice, wanted)
    if isinstance(found, Problem):
        return found
    raw, source, notes = found
    notes += deprecation_notes(raw, datetime.now(UTC))
    return judge_image(raw, with_offer(clients, wanted, [raw]), source, notes)


def _eks_chooses(
    choice: AmiChoice, group: Raw, to_version: str, template: Raw | None
) -> Problem | None:
    subject = f"node group {group['nodegroupName']}"
    before = str(group.get("amiType", ""))
    ami_type = ami_type_for(before, choice.family)
    if isinstance(ami_type, Problem):
        return Problem(subject, ami_type.what, ami_type.remedy)
    if ami_type.startswith("AL2_"):
        return al2_problem(subject, to_version)
    return merged_template_problem(template, group, ami_type)


def _present_family(present: Raw | None, group: Raw) -> str:
    """The family of the nodes now: by EKS's amiType, or by the custom image's name."""
    if present is not None:
        return family_of(present)
    ami_type = str(group.get("amiType") or "")
    return "" if ami_type == "CUSTOM" else ami_type.split("_", maxsplit=1)[0].lower()


Found = tuple[Raw, str, tuple[str, ...]]
"""A raw image, where it came from in words, and notes about the search."""


def _candidate(clients: AwsClients, choice: AmiChoice, wanted: Wanted) -> Found | Problem:
    if choice.source == "eks_optimized":
        return _by_parameter(clients, wanted)
    if choice.source == "name_pattern":
        return _by_name(clients, choice, wanted)
    if choice.source == "image_id":
        return _by_id(clients.ec2, choice.image_id)
    return Problem(
        subject="ami_source",
        what=f"{choice.source!r} is no source of images",
        remedy="use eks_optimized, name_pattern or image_id",
    )


def _by_parameter(clients: AwsClients, wanted: Wanted) -> Found | Problem:
    if not wanted.family:
        return unknown_family(wanted, "its present image's name does not tell its family")
    name = parameter_name(wanted.variant)
    if isinstance(name, Problem):
        return Problem(f"node group {wanted.group}", name.what, name.remedy)
    image_id = _read_parameter(clients.ssm, name)
    if image_id is None:
        return Problem(
            subject=f"node group {wanted.group}",
            what=f"{clients.region} has no public parameter {name}: its maker offers no image of "
            f"this kind for Kubernetes {wanted.minor}",
            remedy="set ami_family to another family, or give the image by ami_source image_id "
            "or name_pattern",
        )
    raw = _describe(clients.ec2, image_id)
    if raw is None:
        return no_such_image(image_id, f"the public parameter {name} names it")
    return raw, f"SSM parameter {name}", _replaced_image_notes(wanted.present)


def _replaced_image_notes(present: Raw | None) -> tuple[str, ...]:
    """A warning when the image that is replaced is not one of a public maker."""
    if present is None or not is_private(present):
        return ()
    return (
        f"it replaces {present['ImageId']} ({present.get('Name')}), an image {of_whom(present)}, as"
        " replace_custom_image says: what was built into that image is not in this one",
    )


def _by_id(ec2: "EC2Client", image_id: str) -> Found | Problem:
    if not image_id:
        return Problem(
            subject="ami_id",
            what="it is empty although ami_source is image_id",
            remedy="give an id (ami-…) or choose another ami_source",
        )
    raw = _describe(ec2, image_id)
    if raw is None:
        return no_such_image(image_id, "it was asked for by this id")
    return raw, "asked for by its id", ()


def _by_name(clients: AwsClients, choice: AmiChoice, wanted: Wanted) -> Found | Problem:
    if not choice.name_pattern or not choice.owner:
        return Problem(
            subject="ami_name_pattern",
            what="the pattern or the owner is empty although ami_source is name_pattern",
            remedy="give both, e.g. acme-eks-{version}-{architecture}-* and self",
        )
    pattern = choice.name_pattern.replace("{version}", wanted.minor)
    pattern = pattern.replace("{architecture}", wanted.architecture)
    images = find_by_name(clients, choice.owner, pattern)
    judged = with_offer(clients, wanted, images)
    newest = pick_newest(images, judged, pattern, choice.owner)
    if isinstance(newest, Problem):
        return newest
    source = f"newest of {counted(len(images), 'image')} named {pattern} of {choice.owner}"
    return newest, source, ()


def _describe(ec2: "EC2Client", image_id: str) -> Raw | None:
    """The raw DescribeImages entry, None when EC2 does not know the id."""
    with aws_errors_about(f"image {image_id}"):
        try:
            images = ec2.describe_images(ImageIds=[image_id])["Images"]
        except ClientError as error:
            # InvalidAMIID.NotFound, .Malformed and .Unavailable
            if error_code(error).startswith("InvalidAMIID"):
                return None
            raise
    return images[0] if images else None


def _read_parameter(ssm: "SSMClient", name: str) -> str | None:
    with aws_errors_about(f"SSM parameter {name}"):
        try:
            return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        except ClientError as error:
            if error_code(error) in {"ParameterNotFound", "ParameterVersionNotFound"}:
                return None
            raise
