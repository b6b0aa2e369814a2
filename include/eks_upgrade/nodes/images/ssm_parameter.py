"""The SSM public parameter under which the maker of a family publishes its newest image.

Names: https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html (Amazon Linux),
https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id-bottlerocket.html, and
https://documentation.ubuntu.com/aws/ for Ubuntu.
"""

import re
from dataclasses import dataclass

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.images.image import AL2, AL2023, BOTTLEROCKET, UBUNTU

LAST_MINOR_WITH_AL2 = Minor(1, 32)
"""EKS made its last Amazon Linux 2 images for 1.32 and stopped on 2025-11-26."""

_UBUNTU_RELEASES = {"focal": "20.04", "jammy": "22.04", "noble": "24.04"}
_UBUNTU_ON_GP2 = {"20.04", "22.04"}


@dataclass(frozen=True)
class ImageVariant:
    """What an image must be like.

    Attributes:
        present_name: name of the image it replaces, which tells the variant (GPU, FIPS, …).
        accelerator: `nvidia`, `neuron` or '' after the group's instance types.
    """

    family: str
    architecture: str
    minor: str
    present_name: str = ""
    accelerator: str = ""


def al2_problem(subject: str, to_version: str) -> Problem | None:
    """Why Amazon Linux 2 cannot be used at that minor, or None when it still can."""
    if Minor.parse(to_version) <= LAST_MINOR_WITH_AL2:
        return None
    return Problem(
        subject=subject,
        what=f"EKS makes no Amazon Linux 2 image for Kubernetes {to_version}; "
        f"{LAST_MINOR_WITH_AL2} was the last",
        remedy="set ami_family to al2023 or bottlerocket",
    )


def parameter_name(variant: ImageVariant) -> str | Problem:
    """The public parameter that holds the id of the newest image of that variant."""
    makers = {AL2: _al2, AL2023: _al2023, BOTTLEROCKET: _bottlerocket, UBUNTU: _ubuntu}
    maker = makers.get(variant.family)
    if maker is None:
        return Problem(
            subject=f"image family {variant.family or 'unknown'}",
            what="this project looks up no image of its maker for a group with a custom image",
            remedy="give the image by ami_source image_id or name_pattern, or leave the group "
            "out of node_groups",
        )
    return maker(variant)


def _accelerator(variant: ImageVariant) -> str:
    for word in ("nvidia", "neuron"):
        if word in variant.present_name.lower():
            return word
    if "gpu" in variant.present_name.lower():
        return "nvidia"
    return variant.accelerator


def _al2(variant: ImageVariant) -> str | Problem:
    gone = al2_problem("image family al2", variant.minor)
    if gone:
        return gone
    arm = "-arm64" if variant.architecture == "arm64" else ""
    suffix = "-gpu" if _accelerator(variant) else arm
    return (
        f"/aws/service/eks/optimized-ami/{variant.minor}/amazon-linux-2{suffix}/"
        "recommended/image_id"
    )


def _al2023(variant: ImageVariant) -> str:
    return (
        f"/aws/service/eks/optimized-ami/{variant.minor}/amazon-linux-2023/{variant.architecture}/"
        f"{_accelerator(variant) or 'standard'}/recommended/image_id"
    )


def _bottlerocket(variant: ImageVariant) -> str:
    # Neuron devices work with Bottlerocket's standard variant; only these two have their own.
    nvidia = "-nvidia" if _accelerator(variant) == "nvidia" else ""
    fips = "-fips" if "-fips" in variant.present_name.lower() else ""
    return (
        f"/aws/service/bottlerocket/aws-k8s-{variant.minor}{nvidia}{fips}/{variant.architecture}/"
        "latest/image_id"
    )


def _ubuntu(variant: ImageVariant) -> str | Problem:
    found = re.search(r"(2\d\.04)", variant.present_name)
    release = found.group(1) if found else ""
    for word, number in _UBUNTU_RELEASES.items():
        if not release and word in variant.present_name:
            release = number
    if not release:
        return Problem(
            subject="image family ubuntu",
            what=f"the present image's name, {variant.present_name!r}, does not tell its release",
            remedy="give the image by ami_source image_id or name_pattern",
        )
    product = "eks-pro" if "ubuntu-eks-pro" in variant.present_name else "eks"
    architecture = {"x86_64": "amd64"}.get(variant.architecture, variant.architecture)
    volume = "ebs-gp2" if release in _UBUNTU_ON_GP2 else "ebs-gp3"
    return (
        f"/aws/service/canonical/ubuntu/{product}/{release}/{variant.minor}/stable/current/"
        f"{architecture}/hvm/{volume}/ami-id"
    )
