"""How long EKS supports the present version and the target. Pure.

A version that leaves extended support is upgraded by EKS itself, at no time of one's own choosing;
with the policy STANDARD that is so at the end of standard support. The policy says what shall be,
not what is paid: that follows the calendar.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.time.moments import moment_of
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.offered import offered
from include.eks_upgrade.planning.preflight.seen import Seen

SOON = timedelta(days=60)
_ITSELF = "EKS then upgrades the control plane by itself, whenever it suits EKS"
_GO = "upgrade before; this run is a part of it"


def _judge(seen: Seen) -> Iterator[Finding]:
    present = offered(seen.facts, seen.facts.present)
    policy = (seen.facts.cluster.get("upgradePolicy") or {}).get("supportType") or "EXTENDED"
    yield from _of_present(str(seen.facts.present), present, policy, seen)
    if seen.target != seen.facts.present:
        yield from _of_target(str(seen.target), offered(seen.facts, seen.target), seen.moment)


def _of_present(version: str, row: Raw, policy: str, seen: Seen) -> Iterator[Finding]:
    subject = f"Kubernetes {version}"
    if not row and seen.facts.offered_versions:
        what = f"EKS does not list it any more: its support has ended, and {_ITSELF}"
        yield Finding(Severity.WARNS, subject, what, _GO)
        return
    standard, extended = _ends(row)
    if standard is None or extended is None:
        return
    until = standard if policy == "STANDARD" else extended
    kind = "standard" if until == standard else "extended"
    if until - seen.moment <= SOON:
        what = f"its {kind} support {_when(until, seen.moment)}; {_ITSELF}"
        what += " (upgrade policy STANDARD)" if policy == "STANDARD" else ""
        yield Finding(Severity.WARNS, subject, what, _GO)
    elif standard <= seen.moment:
        what = f"it is in extended support, which costs more; that {_when(extended, seen.moment)}"
        yield Finding(Severity.INFORMS, subject, what, "go on to a version in standard support")
    elif standard - seen.moment <= SOON:
        what = f"its standard support {_when(standard, seen.moment)}; extended support costs more"
        yield Finding(Severity.INFORMS, subject, what, _GO)


def _of_target(version: str, row: Raw, moment: datetime) -> Iterator[Finding]:
    standard, extended = _ends(row)
    subject, remedy = f"Kubernetes {version}", "plan the upgrade after this one soon"
    if standard is None or extended is None or standard - moment > SOON:
        return
    if standard > moment:
        what = f"the target's standard support {_when(standard, moment)}"
    else:
        what = f"the target is in extended support already, which {_when(extended, moment)}"
    yield Finding(Severity.INFORMS, subject, what, remedy)


def _ends(row: Raw) -> tuple[datetime | None, datetime | None]:
    return (
        moment_of(row.get("endOfStandardSupportDate")),
        moment_of(row.get("endOfExtendedSupportDate")),
    )


def _when(end: datetime, moment: datetime) -> str:
    if end <= moment:
        return f"ended on {end:%Y-%m-%d}"
    # Days of the calendar, as the prediction counts them: what is left of today is none less.
    days = (end.astimezone(UTC).date() - moment.astimezone(UTC).date()).days
    return f"ends on {end:%Y-%m-%d}, " + (f"in {counted(days, 'day')}" if days else "today")


CHECK = Check(
    "support_dates",
    "How long does EKS support the present version and the target?",
    "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html and "
    "https://docs.aws.amazon.com/eks/latest/userguide/disable-extended-support.html; the dates are "
    "DescribeClusterVersions'",
    _judge,
)
