"""What EKS finds in the way of taking a control plane back: insights of ROLLBACK_READINESS.

They are there only in the seven days after an upgrade.
https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.calls import all_pages, found_or_none
from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import error_code
from include.eks_upgrade.common.raw import RawDict

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

_WANTED = {"categories": ["ROLLBACK_READINESS"]}


def read_rollback_insights(eks: "EKSClient", cluster: str) -> tuple[RawDict, ...] | None:
    """All of them, those that are not passing in full; None when reading them is not allowed."""
    try:
        listed = all_pages(eks, "list_insights", "insights", clusterName=cluster, filter=_WANTED)
        return tuple(_in_full(eks, cluster, one) for one in listed)
    except ClientError as error:
        if error_code(error) not in DENIED:
            raise
        return None


def _in_full(eks: "EKSClient", cluster: str, insight: RawDict) -> RawDict:
    if (insight.get("insightStatus") or {}).get("status") == "PASSING":
        return insight
    found = found_or_none(
        lambda: eks.describe_insight(clusterName=cluster, id=insight["id"])["insight"]
    )
    return found or insight
