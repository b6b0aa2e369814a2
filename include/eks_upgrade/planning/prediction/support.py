"""How long the present minor is supported, and what staying on it costs."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.control_plane.prices import MONTH_HOURS, price_in
from include.eks_upgrade.planning.prediction.model import Support


def predict_support(
    facts: ClusterFacts, moment: datetime, own: Mapping[str, float] | None = None
) -> Support:
    """Days from DescribeClusterVersions, dollars from the dated table or from a person.

    Args:
        facts: of the cluster.
        moment: now.
        own: `dollars_per_hour` of the request.
    """
    offered = _entry(facts)
    standard, extended = (
        _days(offered.get(key), moment)
        for key in ("endOfStandardSupportDate", "endOfExtendedSupportDate")
    )
    price = price_in(str(facts.cluster.get("arn") or ""), own)
    now = None
    if price is not None and standard is not None:
        now = round((price.standard if standard > 0 else price.extended) * MONTH_HOURS, 2)
    return Support(
        version=str(facts.present),
        standard_days=standard,
        extended_days=extended,
        month_now=now,
        month_extended=round(price.extended * MONTH_HOURS, 2) if price else None,
        source=price.source if price else "",
    )


def _entry(facts: ClusterFacts) -> Raw:
    present = str(facts.present)
    known = facts.offered_versions or ()
    return next((one for one in known if one.get("clusterVersion") == present), {})


def _days(given: object, moment: datetime) -> int | None:
    """Days until a day that EKS names; the day itself counts as over, in UTC."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            return None
    if isinstance(given, datetime):
        given = given.date()
    return (given - moment.astimezone(UTC).date()).days if isinstance(given, date) else None
