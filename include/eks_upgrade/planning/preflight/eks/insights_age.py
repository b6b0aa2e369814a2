"""Whether what EKS's upgrade insights say is of today. Pure.

EKS looks at a cluster about once a day, and when it is asked to; the plan asks where it may. What
was changed since EKS looked last is not in the insights.
"""

from collections.abc import Iterator
from datetime import timedelta

from include.eks_upgrade.common.moments import moment_of, moment_text
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

OLD = timedelta(hours=30)
"""More than the day that lies between two looks of EKS."""

_HOUR = timedelta(hours=1)


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.facts.present >= seen.target:
        return
    looked = {
        str(one.get("name")): at
        for one in seen.facts.insights
        if (at := moment_of(one.get("lastRefreshTime"))) is not None
    }
    for name, at in looked.items():
        age = seen.moment - at
        if age > OLD:
            yield Finding(
                Severity.WARNS,
                f"upgrade insight {name!r}",
                f"EKS looked at this last at {moment_text(at)}, {age // _HOUR} hours ago: what was "
                "changed since then is not in it",
                "aws eks start-insights-refresh --cluster-name "
                f"{seen.facts.cluster['name']}, and run again when that has come to its end",
            )


CHECK = Check(
    "insights_age",
    "Are EKS's upgrade insights of today?",
    "https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html",
    _judge,
)
