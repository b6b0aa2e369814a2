"""Whether what EKS's upgrade insights say is of today. Pure.

EKS looks at a cluster about once a day, and when it is asked to; the plan asks where it may. What
was changed since EKS looked last is not in the insights.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.time.moments import moment_of, moment_text
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
    old = {name: at for name, at in looked.items() if seen.moment - at > OLD}
    if old:
        yield _finding(old, seen)


def _finding(old: Mapping[str, datetime], seen: Seen) -> Finding:
    oldest = min(old.values())
    hours = (seen.moment - oldest) // _HOUR
    which = f"{counted(len(old), 'insight')} ({first_few([repr(name) for name in old])})"
    since = "the first of them at" if len(old) > 1 else "last at"
    return Finding(
        Severity.WARNS,
        "upgrade insights",
        f"EKS has not looked at {which} for more than a day ({since} {moment_text(oldest)}, "
        f"{hours} hours ago): what was changed since then is not in what EKS says",
        f"aws eks start-insights-refresh --cluster-name {seen.facts.cluster['name']}, and run "
        "again when that has come to its end",
    )


CHECK = Check(
    "insights_age",
    "Are EKS's upgrade insights of today?",
    "https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html",
    _judge,
)
