"""One check of the preflight, judged alone."""

from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.reading import NotRead, Reading, Readings
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.preflight.check import Check, Outcome, judge_all
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.request import UpgradeRequest

MOMENT = datetime(2026, 11, 26, 12, tzinfo=UTC)
DENIED = NotRead("AccessDeniedException: not authorized")


def outcome(
    check: Check,
    facts: ClusterFacts,
    read: dict[Reading[Any], Any] | None = None,
    *,
    request: UpgradeRequest | None = None,
    target: str = "1.26",
    moment: datetime = MOMENT,
) -> Outcome:
    """What comes of a check; `read` has the readings that it is given."""
    seen = Seen(
        request=request or UpgradeRequest(cluster="demo", region="eu-central-1"),
        target=Minor.parse(target),
        facts=facts,
        readings=Readings({reading.name: value for reading, value in (read or {}).items()}),
        moment=moment,
    )
    return judge_all((check,), seen).all[0]


def told(found: Outcome) -> list[str]:
    """Each finding as `severity subject: what`."""
    return [f"{one.severity} {one.subject}: {one.what}" for one in found.findings]
