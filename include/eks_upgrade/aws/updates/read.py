"""Reading the updates that EKS was asked for: of a cluster, of an add-on or of a node group."""

from typing import TYPE_CHECKING, Any

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.common.raw import RawDict

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

UPDATES_READ = 20
"""Updates described at either end of ListUpdates' answer, whose order AWS does not promise."""


def read_updates(
    eks: "EKSClient", cluster: str, *, addon: str = "", node_group: str = ""
) -> list[RawDict]:
    """Recent updates of the cluster, or of one of its add-ons or node groups, newest first.

    ListUpdates answers ids alone, in an order that AWS does not promise, for the whole life of
    the cluster; so that an old cluster does not cost hundreds of calls, the ids at both ends
    are described. An update in progress is the newest, so it is among them either way.
    """
    of = {"name": cluster}
    if addon:
        of["addonName"] = addon
    if node_group:
        of["nodegroupName"] = node_group
    ids: list[str] = all_pages(eks, "list_updates", "updateIds", **of)
    wanted = dict.fromkeys([*ids[:UPDATES_READ], *ids[-UPDATES_READ:]])
    describe: Any = eks.describe_update
    updates = [describe(updateId=update_id, **of)["update"] for update_id in wanted]
    return sorted(updates, key=lambda one: str(one.get("createdAt", "")), reverse=True)
