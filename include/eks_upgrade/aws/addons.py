"""EKS add-ons and their versions, as AWS describes them. Changes nothing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.calls import NOT_FOUND, all_pages, found_or_none
from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import error_code, error_message
from include.eks_upgrade.common.raw import RawDict

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient


def read_addon(eks: "EKSClient", cluster: str, name: str) -> RawDict | None:
    """DescribeAddon's add-on, None when it is not installed as an EKS add-on."""
    return found_or_none(lambda: eks.describe_addon(clusterName=cluster, addonName=name)["addon"])


def read_addon_names(eks: "EKSClient", cluster: str) -> list[str]:
    """The names of the cluster's EKS add-ons."""
    return all_pages(eks, "list_addons", "addons", clusterName=cluster)


def read_addons(eks: "EKSClient", cluster: str) -> dict[str, RawDict]:
    """The cluster's EKS add-ons by name."""
    found = {name: read_addon(eks, cluster, name) for name in read_addon_names(eks, cluster)}
    return {name: addon for name, addon in found.items() if addon is not None}


def read_addon_schemas(
    eks: "EKSClient", wanted: Iterable[tuple[str, str]]
) -> tuple[dict[tuple[str, str], str], tuple[str, ...]]:
    """Schemas of configurations by add-on and version, and a sentence about what was not allowed.

    EKS itself checks the configuration when the add-on is updated, so a plan can do without.
    """
    found: dict[tuple[str, str], str] = {}
    for name, version in wanted:
        try:
            answer = eks.describe_addon_configuration(addonName=name, addonVersion=version)
        except ClientError as error:
            code = error_code(error)
            if code in DENIED:
                why = f"{code}: {error_message(error)}"
                return found, (f"{_NOT_ASKED}: {why}",)
            if code in {NOT_FOUND, "InvalidParameterException"}:
                continue
            raise
        found[name, version] = str(answer.get("configurationSchema") or "{}")
    return found, ()


_NOT_ASKED = (
    "which configuration add-ons take could not be asked (eks:DescribeAddonConfiguration), so "
    "EKS itself will judge it when they are updated"
)


def read_addon_versions(eks: "EKSClient", addon: str) -> tuple[RawDict, ...]:
    """All versions of an add-on, for all Kubernetes versions; empty when EKS knows none."""
    try:
        infos = all_pages(eks, "describe_addon_versions", "addons", addonName=addon)
    except ClientError as error:
        if error_code(error) in {NOT_FOUND, "InvalidParameterException"}:
            return ()
        raise
    return tuple(version for info in infos for version in info.get("addonVersions", ()))
