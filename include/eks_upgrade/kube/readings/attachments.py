"""Volumes that are attached to nodes, and how many a node takes. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/
https://kubernetes.io/docs/concepts/storage/storage-limits/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.objects import epoch


@dataclass(frozen=True, slots=True)
class Attachment:
    """A VolumeAttachment.

    Attributes:
        node: where it is attached.
        volume: the PersistentVolume; empty for one that a pod brings along.
        detaching_since: epoch seconds since when it is to go; None while it is to stay.
        attach_error, detach_error: the driver's words at its last try; empty when that went well.
    """

    name: str
    node: str = ""
    volume: str = ""
    attached: bool = True
    detaching_since: float | None = None
    attach_error: str = ""
    detach_error: str = ""

    @classmethod
    def from_raw(cls, raw: Raw) -> "Attachment":
        """Read a VolumeAttachment."""
        spec, status = raw.get("spec") or {}, raw.get("status") or {}
        return cls(
            name=raw["metadata"]["name"],
            node=spec.get("nodeName", ""),
            volume=(spec.get("source") or {}).get("persistentVolumeName") or "",
            attached=bool(status.get("attached")),
            detaching_since=epoch(raw["metadata"].get("deletionTimestamp")),
            attach_error=(status.get("attachError") or {}).get("message", ""),
            detach_error=(status.get("detachError") or {}).get("message", ""),
        )


@dataclass(frozen=True, slots=True)
class VolumeLimit:
    """How many volumes of each driver a node takes; a driver without a limit is missing."""

    node: str
    by_driver: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_raw(cls, raw: Raw) -> "VolumeLimit":
        """Read a CSINode."""
        drivers = (raw.get("spec") or {}).get("drivers") or ()
        return cls(
            raw["metadata"]["name"],
            {
                each["name"]: int(count)
                for each in drivers
                if (count := (each.get("allocatable") or {}).get("count")) is not None
            },
        )


ATTACHMENTS: Reading[tuple[Attachment, ...]] = Reading(
    "attachments", "which volumes are attached to nodes", ("list volumeattachments",)
)

VOLUME_LIMITS: Reading[tuple[VolumeLimit, ...]] = Reading(
    "volume_limits", "how many volumes a node takes", ("list csinodes",)
)
