"""Checks beside one another: what one does not know hides nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.reading import NotRead, Reading, Readings
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity, judge_all
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.request import UpgradeRequest

HOOKS: Reading[int] = Reading("hooks", "the admission webhooks", ("list hooks",))
FOUND = Finding(Severity.WARNS, "hook a", "it is slow", "make it fast")


def seen(**values: object) -> Seen:
    facts = ClusterFacts(cluster={"name": "demo", "version": "1.30"})
    request = UpgradeRequest.from_params({"cluster_name": "demo"})
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    return Seen(
        request=request,
        target=Minor.parse("1.31"),
        facts=facts,
        readings=Readings(values),
        moment=moment,
    )


def hooks(seen: Seen) -> Iterator[Finding]:
    yield FOUND
    if seen.of(HOOKS) > 1:
        yield Finding(Severity.BLOCKS, "hook b", "it is down", "start it")


CHECKS = (
    Check("hooks", "Do hooks answer?", "seen", hooks),
    Check("other", "Is anything else wrong?", "seen", lambda _: [FOUND]),
)


def test_what_is_not_known_is_told_with_what_was_found_before_it_and_hides_no_other_check() -> None:
    first, other = judge_all(CHECKS, seen(hooks=NotRead("it is not allowed"))).all
    assert first.findings == (FOUND,)
    assert first.unknown == "the admission webhooks could not be read: it is not allowed"
    assert (other.findings, other.unknown) == ((FOUND,), "")


def test_a_reading_that_nobody_asked_for_is_not_known() -> None:
    assert "nobody asked" in judge_all(CHECKS, seen()).all[0].unknown


def test_findings_are_told_by_severity_in_the_order_of_the_checks() -> None:
    outcomes = judge_all(CHECKS, seen(hooks=2))
    assert outcomes.findings(Severity.WARNS) == (FOUND, FOUND)
    assert [one.problem.subject for one in outcomes.findings(Severity.BLOCKS)] == ["hook b"]


def test_what_a_run_has_no_need_of_is_passed_where_it_replaces_no_node() -> None:
    def pods(seen: Seen) -> Iterator[Finding]:
        yield from (FOUND for _ in seen.surveyed.moving)

    whole = judge_all((Check("pods", "Do pods move?", "seen", pods),), seen())
    assert (whole.all[0].findings, whole.all[0].unknown) == ((), "")
