"""What EKS offers in the rehearsal: versions of Kubernetes and of add-ons (images: `images`).

The data lies in `catalogue.json`, dated inside.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


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
