"""Reading EKS's upgrade insights, and having them looked at afresh first.

A refresh makes EKS look at the cluster again; nothing of the cluster becomes different:
https://docs.aws.amazon.com/eks/latest/APIReference/API_StartInsightsRefresh.html
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from include.eks_upgrade.aws.calls import all_pages, found_or_none
from include.eks_upgrade.aws.errors import error_code, error_message
from include.eks_upgrade.common.raw import Raw, RawDict
from include.eks_upgrade.common.time.moments import moment_of
from include.eks_upgrade.common.versions import read_minor

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

FRESH = timedelta(minutes=10)
"""Insights that EKS has looked at so recently are not looked at again: a task that is repeated
would wait each time."""

PATIENCE = 90.0
"""Seconds for which a refresh is waited for. How long one takes is not written anywhere."""

_BETWEEN = 3.0
_UNANSWERED = (BotoCoreError, HTTPClientError)
_RUNS_ALREADY = frozenset({"InvalidRequestException", "ResourceInUseException"})


def read_insights(eks: "EKSClient", cluster: str, present: str) -> tuple[RawDict, ...]:
    """Upgrade readiness for the minor after the present one; those that do not pass in full."""
    minor = read_minor(present)
    if minor is None:
        return ()
    wanted = {"categories": ["UPGRADE_READINESS"], "kubernetesVersions": [str(minor.next())]}
    listed = all_pages(eks, "list_insights", "insights", clusterName=cluster, filter=wanted)
    return tuple(in_full(eks, cluster, insight) for insight in listed)


def in_full(eks: "EKSClient", cluster: str, insight: RawDict) -> RawDict:
    """What ListInsights leaves out: resources, clients, add-ons. Of what passes it is not asked."""
    if (insight.get("insightStatus") or {}).get("status") == "PASSING":
        return insight
    full = found_or_none(
        lambda: eks.describe_insight(clusterName=cluster, id=insight["id"])["insight"]
    )
    return full or insight


def are_fresh(insights: Iterable[Raw], moment: datetime) -> bool:
    """Whether there are any, and EKS has looked at each of them a short while ago."""
    looked = [moment_of(one.get("lastRefreshTime")) for one in insights]
    return bool(looked) and all(at is not None and moment - at <= FRESH for at in looked)


def refresh_insights(
    eks: "EKSClient",
    cluster: str,
    *,
    patience: float = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Have EKS look again, and wait for it.

    Args:
        eks: client.
        cluster: its name.
        patience: seconds for which it is waited for.
        sleep: waits so many seconds.

    Returns:
        Why the insights may be old ones, for a warning; empty when they are fresh. Nothing fails
        because of it: what EKS saw last is still worth reading.
    """
    try:
        eks.start_insights_refresh(clusterName=cluster)
    except ClientError as error:
        if error_code(error) not in _RUNS_ALREADY:
            return _not_refreshed(_said(error))
    except _UNANSWERED as error:
        return _not_refreshed(str(error))
    return _await_refresh(eks, cluster, patience, sleep)


def _await_refresh(eks: Any, cluster: str, patience: float, sleep: Callable[[float], None]) -> str:
    waited = 0.0
    while True:
        try:
            found = eks.describe_insights_refresh(clusterName=cluster)
        except ClientError as error:
            return _not_refreshed(_said(error))
        except _UNANSWERED as error:
            return _not_refreshed(str(error))
        status = found.get("status")
        if status == "COMPLETED":
            return ""
        if status == "FAILED":
            return _not_refreshed(f"EKS says {status}: {found.get('message') or 'no reason given'}")
        if waited >= patience:
            return _not_refreshed(f"the refresh has not ended within {patience:.0f} seconds")
        sleep(_BETWEEN)
        waited += _BETWEEN


def _said(error: ClientError) -> str:
    return f"{error_code(error)}: {error_message(error)}"


def _not_refreshed(why: str) -> str:
    return (
        f"EKS was asked to look at its upgrade insights afresh, and did not: {why}. They are as "
        "old as each of them says"
    )
