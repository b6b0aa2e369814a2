"""EKS add-ons and their versions, as AWS describes them. Changes nothing."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.calls import NOT_FOUND, all_pages, found_or_none
from include.eks_upgrade.aws.errors import error_code
from include.eks_upgrade.common.raw import RawDict

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient


def read_addon(eks: "EKSClient", cluster: str, name: str) -> RawDict | None:
    """DescribeAddon's add-on, None when it is not installed as an EKS add-on."""
    return found_or_none(lambda: eks.describe_addon(clusterName=cluster, addonName=name)["addon"])


def read_addons(eks: "EKSClient", cluster: str) -> dict[str, RawDict]:
    """The cluster's EKS add-ons by name."""
    names = all_pages(eks, "list_addons", "addons", clusterName=cluster)
    found = {name: read_addon(eks, cluster, name) for name in names}
    return {name: addon for name, addon in found.items() if addon is not None}


def read_addon_versions(eks: "EKSClient", addon: str) -> tuple[RawDict, ...]:
    """All versions of an add-on, for all Kubernetes versions; empty when EKS knows none."""
    try:
        infos = all_pages(eks, "describe_addon_versions", "addons", addonName=addon)
    except ClientError as error:
        if error_code(error) in {NOT_FOUND, "InvalidParameterException"}:
            return ()
        raise
    return tuple(version for info in infos for version in info.get("addonVersions", ()))
