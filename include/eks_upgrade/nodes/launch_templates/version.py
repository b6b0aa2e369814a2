"""What a launch template version says: its data, its image, its user data, decoded. Pure."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

from include.eks_upgrade.common.raw import Raw

if TYPE_CHECKING:
    pass


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
    """The version's user data as text, None when it has none.

    Bytes that are not text (a compressed script) are shown with replacement characters: they
    are only looked at, and a script that cannot be read is never taken for an empty one.
    """
    encoded = template_data(version).get("UserData")
    if not encoded:
        return None
    try:
        return base64.b64decode(encoded, validate=False).decode("utf-8", errors="replace")
    except binascii.Error:
        return str(encoded)
