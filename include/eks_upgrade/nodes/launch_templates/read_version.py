"""Reading the launch template version that a node group uses."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.error_codes import NOT_FOUND_ENDINGS
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
            code = error_code(error)
            if code.startswith(_ABSENT) and code.endswith(NOT_FOUND_ENDINGS):
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
