"""What EKS offers in the rehearsal: versions, add-ons, images and SSM parameters.

The data lies in `catalogue.json`, dated inside. Image ids differ by region, as AWS's do,
and are the same in every run: they are derived from the region and the image's name.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

LAST_AL2_MINOR = (
    32  # https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html
)


@dataclass(frozen=True)
class CatalogueImage:
    """One machine image.

    Attributes:
        family: al2, al2023, bottlerocket or ubuntu.
        kubernetes_version: the minor whose kubelet it holds, "1.26".
        release: the release version EKS shows for it, "1.26.15-20240514".
        architecture: x86_64 or arm64, as EC2 names it.
    """

    id: str
    name: str
    family: str
    architecture: str
    kubernetes_version: str
    release: str
    owner: str
    created: datetime


@dataclass(frozen=True)
class AddonVersion:
    """One version of an add-on and the cluster versions it fits.

    Attributes:
        defaults: cluster versions for which EKS installs this one when none is named.
    """

    version: str
    clusters: tuple[str, ...]
    defaults: tuple[str, ...]


@cache
def data() -> dict[str, Any]:
    """The whole catalogue, in the shape of `catalogue.json`."""
    raw: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return raw


def minor(version: str) -> int:
    """The minor number of a version: 26 of "1.26", "v1.26.2-eksbuild.1" or "v1.26.15-eks-abc"."""
    return int(version.removeprefix("v").split(".")[1])


def version_entry(version: str) -> dict[str, Any] | None:
    """The entry of a cluster version, or None when EKS does not know it."""
    return next((v for v in data()["versions"] if v["version"] == version), None)


def kubelet_version(version: str) -> str:
    """The kubelet version an EKS image of this minor reports."""
    entry = version_entry(version)
    patch = entry["patch"] if entry else f"{version}.0"
    return f"v{patch}-eks-{hashlib.sha256(patch.encode()).hexdigest()[:7]}"


@cache
def addon_versions(name: str) -> tuple[AddonVersion, ...]:
    """All versions of an add-on, oldest first; empty when there is no such add-on."""
    entry = data()["addons"].get(name)
    if entry is None:
        return ()
    return tuple(
        AddonVersion(version, _between(first, last), tuple(defaults))
        for version, first, last, defaults in entry["versions"]
    )


def _between(first: str, last: str) -> tuple[str, ...]:
    return tuple(f"1.{n}" for n in range(minor(first), minor(last) + 1))


@cache
def images(region: str) -> tuple[CatalogueImage, ...]:
    """Every image of a region, oldest first within its kind."""
    return tuple(image for entry in data()["versions"] for image in _images_of(region, entry))


@cache
def images_by_id(region: str) -> dict[str, CatalogueImage]:
    """The images of a region by id."""
    return {image.id: image for image in images(region)}


def newest_image(
    region: str, family: str, architecture: str, version: str
) -> CatalogueImage | None:
    """The newest image of a kind for a Kubernetes minor, or None."""
    wanted = (family, architecture, version)
    found = [i for i in images(region) if _kind(i) == wanted]
    return max(found, key=lambda image: image.created, default=None)


def _kind(image: CatalogueImage) -> tuple[str, str, str]:
    return image.family, image.architecture, image.kubernetes_version


def image_id(region: str, name: str) -> str:
    """The id of an image in a region: the same in every run, different in every region."""
    return "ami-" + hashlib.sha256(f"{region}/{name}".encode()).hexdigest()[:17]


def _images_of(region: str, entry: dict[str, Any]) -> Iterator[CatalogueImage]:
    for number, date in enumerate(entry["image_dates"]):
        for family, architecture, name in _names(entry["version"], date, number):
            release = f"{entry['patch']}-{date}"
            if family == "bottlerocket":
                release = data()["bottlerocket_versions"][number]
            yield CatalogueImage(
                id=image_id(region, name),
                name=name,
                family=family,
                architecture=architecture,
                kubernetes_version=entry["version"],
                release=release,
                owner=_owner(family, region),
                created=datetime.strptime(date, "%Y%m%d").replace(hour=19, tzinfo=UTC),
            )


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
    for image in images(region):  # later (newer) images overwrite "recommended" and "latest"
        found.update(_parameters_of(image))
    return found


def _parameters_of(image: CatalogueImage) -> dict[str, str]:
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
        "schema_version": "2.0",
        "image_id": image.id,
        "image_name": image.name,
        "release_version": image.release,
    }
    found: dict[str, str] = {}
    for label in ("recommended", image.name):
        found[f"{eks}/{folder}/{label}"] = json.dumps(whole)
        for key in ("image_id", "image_name", "release_version"):
            found[f"{eks}/{folder}/{label}/{key}"] = whole[key]
    return found


def _ubuntu_parameter(image: CatalogueImage) -> dict[str, str]:
    debian = "arm64" if image.architecture == "arm64" else "amd64"
    path = f"/aws/service/canonical/ubuntu/eks/22.04/{image.kubernetes_version}/stable/current"
    return {f"{path}/{debian}/hvm/ebs-gp2/ami-id": image.id}
