"""What a launch template version says: its data, its image, its user data, decoded. Pure."""

import base64
import binascii
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.launch_templates.user_data.mime import is_compressed, text_of


def template_data(version: Raw | None) -> dict[str, Any]:
    """The version's LaunchTemplateData, empty when there is no version."""
    return dict(version["LaunchTemplateData"]) if version else {}


def image_id_in(version: Raw | None, group: Raw) -> str | None:
    """The custom image a group uses: its template's ImageId, else its releaseVersion if CUSTOM.

    DescribeNodegroup shows the image id as releaseVersion for a group with a custom image.
    None means that EKS chooses the image.
    """
    named = template_data(version).get("ImageId")
    if named:
        return str(named)
    release = str(group.get("releaseVersion") or "")
    if group.get("amiType") == "CUSTOM" and release.startswith("ami-"):
        return release
    return None


def user_data_in(version: Raw | None) -> str | None:
    """The version's user data as text, None when it has none; gzip is undone.

    Bytes that are not text are shown with replacement characters: they are only looked at, and a
    script that cannot be read is never taken for an empty one.
    """
    raw = _user_data_bytes(version)
    return None if raw is None else text_of(raw)


def user_data_is_compressed(version: Raw | None) -> bool:
    """Whether the version's user data is compressed by gzip."""
    return is_compressed(_user_data_bytes(version) or b"")


def _user_data_bytes(version: Raw | None) -> bytes | None:
    encoded = template_data(version).get("UserData")
    if not encoded:
        return None
    try:
        return base64.b64decode(encoded, validate=False)
    except binascii.Error:
        return str(encoded).encode()
