"""What is told of insights: their age, those of later versions, who calls an old API."""

from datetime import timedelta

import pytest

from include.eks_upgrade.aws.readings.cluster_surroundings import OTHER_INSIGHTS
from include.eks_upgrade.planning.preflight.eks import insights_age, other_insights
from include.eks_upgrade.planning.preflight.rules.api_clients import clients_of, only_reads
from tests.eks_upgrade.planning.preflight.outcome_of import DENIED, MOMENT, outcome, told


def looked(hours):
    return {"name": "skew", "lastRefreshTime": MOMENT - timedelta(hours=hours)}


@pytest.mark.parametrize(
    ("insights", "count"),
    [
        pytest.param([looked(1), looked(29)], 0, id="of today"),
        pytest.param([looked(31)], 1, id="of the day before yesterday"),
        pytest.param([looked(-1)], 0, id="by a clock that is ahead"),
        pytest.param([{"name": "skew"}], 0, id="nobody says when"),
        pytest.param([looked(31), {**looked(40), "name": "API"}], 1, id="two of them, told once"),
    ],
)
def test_insights_that_are_older_than_a_day_are_told(make_facts, insights, count):
    found = outcome(insights_age.CHECK, make_facts(insights=tuple(insights)))
    assert len(found.findings) == count
    hours = "40 hours ago" if len(insights) > 1 else "31 hours ago"
    assert all(hours in one for one in told(found))


def test_where_the_control_plane_stays_old_insights_say_nothing(make_facts):
    facts = make_facts(insights=(looked(99),))
    assert outcome(insights_age.CHECK, facts, target="1.25").findings == ()


def other(name, category="UPGRADE_READINESS", **more):
    return {"name": name, "category": category, "insightStatus": {"status": "ERROR"}, **more}


def test_insights_about_later_versions_and_misconfigurations_inform(make_facts):
    read = (other("old APIs", kubernetesVersion="1.29"), other("no subnets", "MISCONFIGURATION"))
    found = outcome(other_insights.CHECK, make_facts(), {OTHER_INSIGHTS: read})
    assert [one.split(": ")[0] for one in told(found)] == [
        "informs insight 'old APIs' about 1.29",
        "informs insight 'no subnets'",
    ]


ON_THE_WAY = [
    pytest.param("1.27", "ERROR", {}, ("warns", "The hop to 1.27 will be refused"), id="ERROR"),
    pytest.param("1.28", "ERROR", {}, ("warns", "The hop to 1.28 will be refused"), id="the last"),
    pytest.param("1.27", "WARNING", {}, ("informs", "The hop to 1.27 will warn"), id="WARNING"),
    pytest.param("1.27", "PUZZLED", {}, ("informs", "PUZZLED"), id="a status that came later"),
    pytest.param("1.27", "ERROR", {"override_insights": True}, ("warns", "will pass over it"),
                 id="overridden"),
    pytest.param("1.29", "ERROR", {}, ("informs", ""), id="beyond the way"),
    pytest.param("next", "ERROR", {}, ("informs", ""), id="no version"),
]  # fmt: skip


@pytest.mark.parametrize(("about", "status", "asked", "expected"), ON_THE_WAY)
def test_an_insight_about_a_later_hop_is_told_before_the_first(
    make_facts, make_request, about, status, asked, expected
):
    read = (other("old APIs", kubernetesVersion=about, insightStatus={"status": status}),)
    request = make_request(target_version="1.28", **asked)
    versions = tuple({"clusterVersion": f"1.{one}"} for one in range(25, 30))
    facts = make_facts(offered_versions=versions)
    found = outcome(other_insights.CHECK, facts, {OTHER_INSIGHTS: read}, request=request)
    (only,), (severity, words) = told(found), expected
    assert only.startswith(f"{severity} insight 'old APIs' about {about}: ")
    assert words in only


def test_where_this_run_stays_the_insights_about_the_next_minor_are_of_a_later_hop(
    make_facts, make_request
):
    passing = other("skew", kubernetesVersion="1.26", insightStatus={"status": "PASSING"})
    facts = make_facts(insights=(passing, other("old APIs", kubernetesVersion="1.26")))
    request = make_request(target_version="1.27")
    read = {OTHER_INSIGHTS: ()}
    staying = outcome(other_insights.CHECK, facts, read, request=request, target="1.25")
    (only,) = told(staying)
    assert only.startswith("warns insight 'old APIs' about 1.26: ")
    moving = outcome(other_insights.CHECK, facts, read, request=request, target="1.26")
    assert moving.findings == ()


def test_of_a_way_that_is_refused_no_hop_is_told(make_facts, make_request):
    read = (other("old APIs", kubernetesVersion="1.27"),)
    request = make_request(target_version="1.99")
    found = outcome(other_insights.CHECK, make_facts(), {OTHER_INSIGHTS: read}, request=request)
    assert [str(one.severity) for one in found.findings] == ["informs"]


def test_without_the_right_they_are_not_known(make_facts):
    found = outcome(other_insights.CHECK, make_facts(), {OTHER_INSIGHTS: DENIED})
    assert "later versions and misconfigurations could not be read" in found.unknown


def stat(agent, calls=3, **more):
    return {"userAgent": agent, "numberOfRequestsLast30Days": calls, **more}


CLIENTS = [
    pytest.param([stat("helm/3.9", lastRequestTime="2026-11-20T05:04:00Z")],
                 ("helm/3.9 (3 calls in 30 days; last at 2026-11-20 05:04 UTC)",), id="in full"),
    pytest.param([stat("helm/3.9", 1)], ("helm/3.9 (1 call in 30 days)",), id="once"),
    pytest.param([stat("helm/3.9", 0)], (), id="not in thirty days"),
    pytest.param([{"userAgent": "helm/3.9"}], ("helm/3.9",), id="nothing told"),
    pytest.param([stat("kube-state-metrics/v2.1")],
                 ("kube-state-metrics/v2.1 (3 calls in 30 days; it only reads)",), id="a reader"),
    pytest.param(None, (), id="none"),
]  # fmt: skip


@pytest.mark.parametrize(("stats", "expected"), CLIENTS)
def test_clients_are_told_with_what_eks_knows_of_them(stats, expected):
    assert clients_of({"clientStats": stats}) == expected


@pytest.mark.parametrize(
    ("agent", "reads"),
    [
        ("Prometheus/2.53.0", True),
        ("kube-controller-manager/v1.31.2 (linux/amd64) kubernetes/a/metadata-informers", True),
        ("kube-controller-manager/v1.31.2 (linux/amd64) kubernetes/a/cronjob-controller", False),
        ("kubectl/v1.24.0", False),
        ("argocd-application-controller/v0.0.0", False),
        ("", False),
    ],
)
def test_programs_that_are_known_to_read_only(agent, reads):
    assert only_reads(agent) is reads
