"""When EKS takes a control plane back, as problems where it does not.

Source: https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html: within seven days
after an upgrade in place, by one minor, to the version that it came from; the cluster ACTIVE and
nothing at work; no kubelet newer than the target; a target in extended support wants the upgrade
policy EXTENDED. None of this is lifted by `force`, which only passes over insights.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from include.eks_upgrade.aws.facts import status_text
from include.eks_upgrade.aws.updates.state import VERSION_UPDATE, update_target
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.time.moments import moment_of, moment_text
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.planning.preflight.rules.insight_text import insight_status, insight_text
from include.eks_upgrade.planning.rollback.asked import RollbackAsked

WINDOW = timedelta(days=7)
"""It ends seven days after the upgrade has ended. EKS says only when that began, so the days are
counted from there: some minutes less than there are."""

_SUBJECT = "target_version"
_FORWARD = "stay at the present version, and mend what is wrong there"


def rollback_problems(asked: RollbackAsked) -> list[Problem]:
    """Everything that keeps the control plane from going back; none for one that goes already."""
    if asked.running is not None or asked.done:
        return list(_wrong_target(asked))
    return [problem for condition in _CONDITIONS for problem in condition(asked)]


def possible_until(asked: RollbackAsked) -> datetime | None:
    """Until when EKS takes the cluster back; None when no upgrade is known."""
    last = asked.last_move
    if last is None or last.get("type") != VERSION_UPDATE:
        return None
    began = moment_of(last.get("createdAt"))
    return began + WINDOW if began else None


def _wrong_target(asked: RollbackAsked) -> Iterator[Problem]:
    given, facts = asked.target_version, asked.facts
    wanted = read_minor(given)
    if given and wanted is None:
        what = f"{given!r} is not a Kubernetes version"
        yield Problem(
            _SUBJECT, what, f"write it like {facts.present.previous()}, or leave it empty"
        )
    elif asked.done:
        return
    elif wanted and wanted != facts.present.previous():
        what = f"EKS goes back by one minor only, and the cluster is at {facts.present}"
        yield Problem(_SUBJECT, f"{given}: {what}", f"choose {facts.present.previous()}")
    elif asked.running and wanted and read_minor(update_target(asked.running)) != wanted:
        what = f"update {asked.running.get('id')} goes back to {update_target(asked.running)}"
        yield Problem(_SUBJECT, what, "leave target_version empty")


def _no_upgrade(asked: RollbackAsked) -> Iterator[Problem]:
    last, facts = asked.last_move, asked.facts
    if last is None:
        what = (
            f"EKS lists no upgrade that brought it to {facts.present}: it was made at this version,"
            " or the upgrade is long ago"
        )
        yield Problem(_cluster(asked), what, _FORWARD)
    elif last.get("type") != VERSION_UPDATE:
        what = (
            f"update {last.get('id')} took it back to {update_target(last)} already, and EKS goes "
            "back once for each upgrade"
        )
        yield Problem(_cluster(asked), what, _FORWARD)
    elif read_minor(update_target(last)) != facts.present:
        what = f"its last upgrade went to {update_target(last)}, and it is at {facts.present}"
        yield Problem(_cluster(asked), what, "wait some minutes and run again: EKS shows both late")


def _too_late(asked: RollbackAsked) -> Iterator[Problem]:
    until = possible_until(asked)
    if until is not None and asked.moment > until:
        what = (
            f"EKS goes back within {WINDOW.days} days of the upgrade, which began "
            f"{moment_text(until - WINDOW)}: it was possible until {moment_text(until)}"
        )
        yield Problem(_cluster(asked), what, _FORWARD)


def _busy(asked: RollbackAsked) -> Iterator[Problem]:
    running = asked.facts.running_update()
    if running is not None:
        what = f"update {running.get('id')} ({running.get('type')}) is in progress"
        yield Problem(_cluster(asked), what, "wait until it has ended, then run again", passes=True)
    elif asked.facts.cluster.get("status") != "ACTIVE":
        what = f"it is {status_text(asked.facts.cluster)}, not ACTIVE"
        yield Problem(_cluster(asked), what, "wait until it is ACTIVE, then run again")


def _support(asked: RollbackAsked) -> Iterator[Problem]:
    offered = {str(one.get("clusterVersion")): one for one in asked.facts.offered_versions or ()}
    if asked.facts.offered_versions is None:
        return
    entry = offered.get(str(asked.target))
    policy = (asked.facts.cluster.get("upgradePolicy") or {}).get("supportType")
    if entry is None:
        what = f"EKS does not offer {asked.target} any more"
        yield Problem(_SUBJECT, what, _FORWARD)
    elif "EXTENDED" in _support_status(entry) and policy == "STANDARD":
        what = (
            f"{asked.target} is in extended support, and the cluster's upgrade policy is STANDARD, "
            "with which EKS does not take it there"
        )
        remedy = (
            "set the policy to EXTENDED first (aws eks update-cluster-config --upgrade-policy "
            "supportType=EXTENDED); extended support is paid for"
        )
        yield Problem(_cluster(asked), what, remedy)


def _support_status(entry: Raw) -> str:
    return str(entry.get("versionStatus") or entry.get("status") or "").upper()


def _insights(asked: RollbackAsked) -> Iterator[Problem]:
    if asked.override_insights:
        return
    for one in asked.insights or ():
        if stops_rollback(one):
            yield Problem(
                f"rollback insight {one.get('name')!r}",
                insight_text(one),
                "follow the recommendation and run again: EKS looks anew when a rollback begins; "
                "or set override_insights=true if you know that it does not apply",
            )


def stops_rollback(insight: Raw) -> bool:
    """Whether EKS does not go back because of it.

    Of UNKNOWN the guide's texts say both; the later one says that it stops, too.
    """
    return insight_status(insight) in {"ERROR", "UNKNOWN"}


def _cluster(asked: RollbackAsked) -> str:
    return f"cluster {asked.facts.cluster.get('name')!r}"


_CONDITIONS: tuple[Callable[[RollbackAsked], Iterator[Problem]], ...] = (
    _wrong_target,
    _no_upgrade,
    _too_late,
    _busy,
    _support,
    _insights,
)
