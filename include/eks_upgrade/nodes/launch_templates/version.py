"""The launch template version that a node group uses, read and decoded."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.common.raw import Raw

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_ABSENT = ("InvalidLaunchTemplateId", "InvalidLaunchTemplateName")


def read_version(ec2: "EC2Client", template: Raw | None) -> dict[str, Any] | None:
    """The raw LaunchTemplateVersion that `{"id"|"name", "version"}` names.

    Returns:
        The entry of DescribeLaunchTemplateVersions, or None when no template is named or it is
        no longer there.
    """
    if not template:
        return None
    with aws_errors_about(f"launch template {template.get('id') or template.get('name')}"):
        try:
            return _ask(ec2, template)
        except ClientError as error:
            if error_code(error).startswith(_ABSENT):
                return None
            raise


def _ask(ec2: "EC2Client", template: Raw) -> dict[str, Any] | None:
    versions = [str(template["version"])]
    if template.get("id"):
        answer = ec2.describe_launch_template_versions(
            LaunchTemplateId=template["id"], Versions=versions
        )
    else:
        answer = ec2.describe_launch_template_versions(
            LaunchTemplateName=template["name"], Versions=versions
        )
    found = answer["LaunchTemplateVersions"]
    return dict(found[0]) if found else None


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
