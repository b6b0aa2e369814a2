"""Volumes of a launch template where the image changes, and perhaps its family. Pure.

Each family keeps images and pods on a device of its own; size, type, encryption and key of that
volume are the owner's, and follow to the new family's device. The snapshot of the root volume is
the image's own: EC2 starts no instance whose template names another ("snapshotId cannot be modified
on root device"), so the old image's stays behind.
"""

from collections.abc import Sequence
from typing import Any

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.image import AL2, AL2023, BOTTLEROCKET

_UBUNTU_ROOT = "/dev/sda1"
_DATA_DEVICES = {AL2: "/dev/xvda", AL2023: "/dev/xvda", BOTTLEROCKET: "/dev/xvdb"}
_SYSTEM_DEVICE = "/dev/xvda"
"""Bottlerocket's own system, of a size that its image knows."""

_KEPT_SECRET = ("Encrypted", "KmsKeyId")


def data_device(family: str) -> str:
    """The device on which a family keeps images and pods."""
    return _DATA_DEVICES.get(family, _UBUNTU_ROOT)


def move_volumes(
    mappings: Sequence[Raw], before: str, after: str, subject: str
) -> list[dict[str, Any]] | Problem | None:
    """The template's BlockDeviceMappings for another image.

    Args:
        mappings: the source's.
        before: the old nodes' family, '' where nobody knows it.
        after: the new nodes' family.
        subject: of a problem.

    Returns:
        All mappings of the new version; None when they may stay as they are; or the Problem that
        the new family's device is in use for something else.
    """
    if not mappings or not before or data_device(before) == data_device(after):
        return _without_root_snapshot(mappings, after)
    devices = {str(one.get("DeviceName")): one for one in mappings}
    from_device, to_device = data_device(before), data_device(after)
    of_system = devices.pop(_SYSTEM_DEVICE, None) if before == BOTTLEROCKET else None
    if to_device in devices:
        return Problem(
            subject,
            f"its launch template has volumes on {from_device} and on {to_device}; nodes of the "
            f"family {before} keep images and pods on the first, those of {after} on the second",
            f"leave one of them in a new version of the template, or set ami_family to {before}",
        )
    moved = devices.pop(from_device, None)
    found = [dict(one) for one in devices.values()]
    data = moved or of_system
    if data is not None:
        found.insert(0, _on_device(data, to_device, whole=moved is not None))
    if after == BOTTLEROCKET and moved is not None and _secret(moved):
        found.insert(0, _on_device(moved, _SYSTEM_DEVICE, whole=False))
    return [one for one in found if one.get("Ebs") or one.get("VirtualName") or "NoDevice" in one]


def _without_root_snapshot(mappings: Sequence[Raw], family: str) -> list[dict[str, Any]] | None:
    """The mappings without the old image's snapshot; None when they name none."""
    root = _SYSTEM_DEVICE if family in _DATA_DEVICES else _UBUNTU_ROOT
    named = [one for one in mappings if one.get("DeviceName") == root]
    if not any((one.get("Ebs") or {}).get("SnapshotId") for one in named):
        return None
    return [_on_device(one, root, whole=True) if one in named else dict(one) for one in mappings]


def _on_device(mapping: Raw, device: str, *, whole: bool) -> dict[str, Any]:
    """The volume on another device; a snapshot is of the old image and stays behind."""
    volume = dict(mapping.get("Ebs") or {})
    volume.pop("SnapshotId", None)
    return {"DeviceName": device, "Ebs": volume if whole else _secret(mapping)}


def _secret(mapping: Raw) -> dict[str, Any]:
    volume = mapping.get("Ebs") or {}
    return {key: volume[key] for key in _KEPT_SECRET if volume.get(key)}
