"""A machine image as the plan carries it, and what its name says about it.

Pure: nothing here asks AWS. Which Kubernetes it holds is read in `kubernetes_version.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.common.raw import Raw

AL2 = "al2"
AL2023 = "al2023"
BOTTLEROCKET = "bottlerocket"
UBUNTU = "ubuntu"
WINDOWS = "windows"

# The order matters: "amazon linux 2023" also begins with "amazon linux 2".
_FAMILIES = (
    (BOTTLEROCKET, re.compile(r"bottlerocket")),
    (WINDOWS, re.compile(r"windows")),
    (UBUNTU, re.compile(r"ubuntu")),
    (AL2023, re.compile(r"al2023|amazon[-_ ]?linux[-_ ]?2023")),
    (
        AL2,
        re.compile(
            r"amzn2|amazon[-_ ]?linux[-_ ]?2(?!\d)|(?<![a-z0-9])al2(?!\d)"
            r"|amazon-eks-(?:arm64-|gpu-)?node-\d"
        ),
    ),
)


@dataclass(frozen=True)
class Image:
    """The image the new nodes start from.

    Attributes:
        id: `ami-…`.
        name: its name in EC2.
        architecture: `x86_64` or `arm64`.
        family: `al2`, `al2023`, `bottlerocket`, `ubuntu` or `windows`: decides what its user
            data must look like.
        kubernetes_version: minor that it tells (`1.26`), or the target when it tells none.
        source: where it was found, in words.
        notes: what a person should know about it; nothing that stops.
    """

    id: str
    name: str
    architecture: str
    family: str
    kubernetes_version: str
    source: str
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The image as plain JSON; keys are the attribute names."""
        return {**asdict(self), "notes": list(self.notes)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Image":
        """Read what `as_json` wrote; keys a later release added are ignored."""
        known = {key: plain[key] for key in cls.__dataclass_fields__ if key in plain}
        return cls(**{**known, "notes": tuple(plain.get("notes", ()))})


def family_of(image: Raw) -> str:
    """The family that a raw DescribeImages entry's name, description or platform tells, or ''."""
    if str(image.get("Platform", "")).lower() == WINDOWS:
        return WINDOWS
    for text in (image.get("Name") or "", image.get("Description") or ""):
        for family, pattern in _FAMILIES:
            if pattern.search(text.lower()):
                return family
    return ""
