"""The machine images of the rehearsal: EKS's with the SSM parameters that name them, and a team's.

Image ids differ by region, as AWS's do, and are the same in every run: they are derived from the
region and the image's name.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from include.rehearsal.catalogue import data, minor

LAST_AL2_MINOR = (
    32  # https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html
)


@dataclass(frozen=True)
class Image:
    """One machine image.

    Attributes:
        family: al2, al2023, bottlerocket or ubuntu.
        kubernetes_version: the minor whose kubelet it holds, "1.26".
        release: the release version EKS shows for it, "1.26.15-20240514".
        architecture: x86_64 or arm64, as EC2 names it.
        owner: account id; empty for the account that is practised in.
        description: as its maker writes it.
        deprecated: when EC2 stops to show it to others than its owner.
    """

    id: str
    name: str
    family: str
    architecture: str
    kubernetes_version: str
    release: str
    owner: str
    created: datetime
    description: str = ""
    deprecated: datetime | None = None

    @property
    def private(self) -> bool:
        """Whether it belongs to the account, and nobody else sees it."""
        return not self.owner


@cache
def all_of(region: str) -> tuple[Image, ...]:
    """Every public image of a region, oldest first within its kind."""
    return tuple(image for entry in data()["versions"] for image in _images_of(region, entry))


@cache
def golden_of(region: str) -> tuple[Image, ...]:
    """The images that a team made for itself, with version numbers of their own, oldest first.

    `acme-al2023-eks-node-1.15.3` holds a kubelet of 1.33: only its description tells that.
    """
    return tuple(
        replace(
            image,
            id=image_id(region, name),
            name=name,
            owner="",
            deprecated=None,
            created=image.created + timedelta(days=2),
            description=f"acme golden image (k8s: {image.release.split('-')[0]})",
        )
        for image in all_of(region)
        if (image.family, image.architecture) == ("al2023", "x86_64")
        and (name := _golden_name(image))
    )


def _golden_name(image: Image) -> str:
    return f"acme-al2023-eks-node-1.{minor(image.kubernetes_version) - 18}.{image.created.month}"


@cache
def by_id(region: str) -> dict[str, Image]:
    """The images of a region by id, private ones too."""
    return {image.id: image for image in (*all_of(region), *golden_of(region))}


def newest(region: str, family: str, architecture: str, version: str) -> Image | None:
    """The newest image of a kind for a Kubernetes minor, or None."""
    wanted = (family, architecture, version)
    found = [i for i in all_of(region) if _kind(i) == wanted]
    return max(found, key=lambda image: image.created, default=None)


def oldest(
    region: str, family: str, version: str, machine: str = "x86_64", *, golden: bool = False
) -> str:
    """The id of the oldest image of a kind, so that a newer one exists."""
    wanted = (family, machine, version)
    return next(i.id for i in (golden_of if golden else all_of)(region) if _kind(i) == wanted)


def _kind(image: Image) -> tuple[str, str, str]:
    return image.family, image.architecture, image.kubernetes_version


def image_id(region: str, name: str) -> str:
    """The id of an image in a region: the same in every run, different in every region."""
    return "ami-" + hashlib.sha256(f"{region}/{name}".encode()).hexdigest()[:17]


def _images_of(region: str, entry: dict[str, Any]) -> Iterator[Image]:
    for number, date in enumerate(entry["image_dates"]):
        for family, architecture, name in _names(entry["version"], date, number):
            release = f"{entry['patch']}-{date}"
            created = datetime.strptime(date, "%Y%m%d").replace(hour=19, tzinfo=UTC)
            if family == "bottlerocket":
                release = data()["bottlerocket_versions"][number]
            yield Image(
                id=image_id(region, name),
                name=name,
                family=family,
                architecture=architecture,
                kubernetes_version=entry["version"],
                release=release,
                owner=_owner(family, region),
                created=created,
                description=_description(family, entry["patch"]),
                deprecated=_deprecation(created, entry),
            )


def _description(family: str, patch: str) -> str:
    """As its maker writes it; source: tests/recordings/aws/describe-images-eks-names.json."""
    if family == "al2":
        return (
            f"EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: {patch}, containerd: 1.7.*)"
        )
    if family == "al2023":
        return (
            "EKS-optimized Kubernetes node based on Amazon Linux 2023, "
            f"(k8s: {patch}, containerd: 2.1.*)"
        )
    return ""


def _deprecation(created: datetime, entry: dict[str, Any]) -> datetime:
    """Two years ahead, or when support ends, if that is later.

    The second is for the old minors that the rehearsal goes on offering (see catalogue.json):
    images that nobody can be shown would make them useless.
    """
    ends = datetime.strptime(entry["extended_ends"], "%Y-%m-%d").replace(tzinfo=UTC)
    return max(created + timedelta(days=730), ends)


def _names(version: str, date: str, number: int) -> Iterator[tuple[str, str, str]]:
    if minor(version) <= LAST_AL2_MINOR:
        yield "al2", "x86_64", f"amazon-eks-node-{version}-v{date}"
        yield "al2", "arm64", f"amazon-eks-arm64-node-{version}-v{date}"
    rocket = data()["bottlerocket_versions"][number]
    for architecture, debian in (("x86_64", "amd64"), ("arm64", "arm64")):
        yield (
            "al2023",
            architecture,
            f"amazon-eks-node-al2023-{architecture}-standard-{version}-v{date}",
        )
        yield (
            "bottlerocket",
            "arm64" if architecture == "arm64" else "x86_64",
            f"bottlerocket-aws-k8s-{version}-"
            f"{'aarch64' if architecture == 'arm64' else 'x86_64'}-v{rocket}",
        )
        yield (
            "ubuntu",
            architecture,
            f"ubuntu-eks/k8s_{version}/images/hvm-ssd/ubuntu-jammy-22.04-{debian}-server-{date}",
        )


def _owner(family: str, region: str) -> str:
    owners = data()["owners"]
    if family == "ubuntu":
        return str(owners["ubuntu"])
    if family == "bottlerocket":
        # AWS publishes Bottlerocket from a different account in every region.
        rocket: dict[str, str] = owners["bottlerocket"]
        return rocket.get(region, rocket["us-east-1"])
    return str(owners["amazon"])


@cache
def ssm_parameters(region: str) -> dict[str, str]:
    """The public SSM parameters for EKS images of a region: name -> value.

    Paths: https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
    """
    found: dict[str, str] = {}
    for image in all_of(region):  # later (newer) images overwrite "recommended" and "latest"
        found.update(_parameters_of(image))
    return found


def _parameters_of(image: Image) -> dict[str, str]:
    version, architecture = image.kubernetes_version, image.architecture
    if image.family == "bottlerocket":
        base = f"/aws/service/bottlerocket/aws-k8s-{version}/{architecture}"
        return {
            f"{base}/{label}/{key}": value
            for label in ("latest", image.release)
            for key, value in (("image_id", image.id), ("image_version", image.release))
        }
    eks = f"/aws/service/eks/optimized-ami/{version}"
    if image.family == "al2":
        folder = "amazon-linux-2" + ("-arm64" if architecture == "arm64" else "")
    elif image.family == "al2023":
        folder = f"amazon-linux-2023/{architecture}/standard"
    else:
        return _ubuntu_parameter(image)
    whole = {
        "schema_version": "2",
        "image_id": image.id,
        "image_name": image.name,
        "release_version": image.release,
    }
    found: dict[str, str] = {}
    for label in ("recommended", image.name):
        found[f"{eks}/{folder}/{label}"] = json.dumps(whole, separators=(",", ":"))
        for key in ("image_id", "image_name", "release_version"):
            found[f"{eks}/{folder}/{label}/{key}"] = whole[key]
    return found


def _ubuntu_parameter(image: Image) -> dict[str, str]:
    debian = "arm64" if image.architecture == "arm64" else "amd64"
    path = f"/aws/service/canonical/ubuntu/eks/22.04/{image.kubernetes_version}/stable/current"
    return {f"{path}/{debian}/hvm/ebs-gp2/ami-id": image.id}
