"""How long versions are supported, and what is told of it."""

from datetime import UTC, datetime, timedelta

import pytest

from include.eks_upgrade.planning.preflight.eks import support_dates
from tests.eks_upgrade.planning.preflight.outcome_of import MOMENT, outcome, told


def row(version, standard, extended):
    return {
        "clusterVersion": version,
        "endOfStandardSupportDate": MOMENT + timedelta(days=standard),
        "endOfExtendedSupportDate": MOMENT + timedelta(days=extended),
    }


LONG = row("1.26", 300, 665)


@pytest.fixture
def judged(make_facts, make_cluster):
    def found(*rows, policy=None, target="1.26"):
        raw = make_cluster(**({"upgradePolicy": {"supportType": policy}} if policy else {}))
        facts = make_facts(cluster=raw, offered_versions=rows or None)
        return outcome(support_dates.CHECK, facts, target=target)

    return found


PRESENT = [
    pytest.param(row("1.25", 200, 565), None, [], id="months away"),
    pytest.param(row("1.25", 61, 426), None, [], id="just not soon"),
    pytest.param(row("1.25", 10, 375), None,
                 ["informs Kubernetes 1.25: its standard support ends on 2026-12-06, in 10 days; "
                  "extended support costs more"], id="standard ends soon"),
    pytest.param(row("1.25", 10, 375), "STANDARD",
                 ["warns Kubernetes 1.25: its standard support ends on 2026-12-06, in 10 days; EKS "
                  "then upgrades the control plane by itself, whenever it suits EKS (upgrade "
                  "policy STANDARD)"], id="standard ends soon, and EKS would go on"),
    pytest.param(row("1.25", -100, 265), None,
                 ["informs Kubernetes 1.25: it is in extended support, which costs more; that ends "
                  "on 2027-08-18, in 265 days"], id="in extended support"),
    pytest.param(row("1.25", -300, 1), None,
                 ["warns Kubernetes 1.25: its extended support ends on 2026-11-27, in 1 day; EKS "
                  "then upgrades the control plane by itself, whenever it suits EKS"],
                 id="extended ends soon"),
    pytest.param(row("1.25", -400, -1), "EXTENDED",
                 ["warns Kubernetes 1.25: its extended support ended on 2026-11-25; EKS then "
                  "upgrades the control plane by itself, whenever it suits EKS"], id="ended"),
    pytest.param({"clusterVersion": "1.25"}, None, [], id="no dates"),
    pytest.param({"clusterVersion": "1.25", "endOfStandardSupportDate": "soon",
                  "endOfExtendedSupportDate": ""}, None, [], id="dates that are none"),
]  # fmt: skip


@pytest.mark.parametrize(("present", "policy", "expected"), PRESENT)
def test_the_present_version(judged, present, policy, expected):
    assert told(judged(present, LONG, policy=policy)) == expected


@pytest.mark.parametrize(
    ("hours", "words"), [(30, "ends on 2026-11-27, in 1 day;"), (18, "ends on 2026-11-26, today;")]
)
def test_days_are_those_of_the_calendar_at_any_hour(judged, hours, words):
    present = row("1.25", -300, 0)
    present["endOfExtendedSupportDate"] = MOMENT.replace(hour=0) + timedelta(hours=hours)
    assert words in told(judged(present, LONG))[0]


def test_a_version_that_eks_lists_no_more_has_no_support(judged):
    (only,) = told(judged(LONG))
    assert only.startswith("warns Kubernetes 1.25: EKS does not list it any more")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (row("1.26", 6, 371), "the target's standard support ends on 2026-12-02, in 6 days"),
        (row("1.26", -6, 359), "the target is in extended support already, which ends on"),
    ],
)
def test_a_target_that_is_soon_an_old_one_is_told(judged, target, words):
    (only,) = told(judged(row("1.25", 200, 565), target))
    assert only.startswith("informs Kubernetes 1.26")
    assert words in only


def test_dates_may_be_texts_with_an_offset(make_facts):
    rows = ({"clusterVersion": "1.25", "endOfStandardSupportDate": "2026-12-01T18:00:00-06:00",
             "endOfExtendedSupportDate": "2027-12-01T18:00:00-06:00"}, LONG)  # fmt: skip
    moment = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
    (only,) = told(outcome(support_dates.CHECK, make_facts(offered_versions=rows), moment=moment))
    assert "ends on 2026-12-02, in 1 day" in only


def test_without_the_right_it_is_not_known(judged):
    assert "DescribeClusterVersions" in judged().unknown
