"""The words people are told of a fleet: what happened, to whom, and where to look."""

import pytest

from include.eks_upgrade.notices.fleet import (
    MAX_CLUSTERS,
    approval_needed,
    cluster_failed,
    fleet_stopped,
    ring_started,
    window_ended,
)
from include.eks_upgrade.notices.model import Event, Subject

FLEET = Subject(
    cluster="fleet",
    dag_id="eks_fleet",
    run_id="saturday",
    run_url="https://airflow/dags/eks_fleet/runs/saturday",
    report_url="https://airflow/eks-upgrade/reports/eks_fleet/saturday",
)
SHOP = Subject(
    cluster="payments/eu-west-1/shop",
    run_url="https://airflow/dags/eks_upgrade/runs/shop-1.35",
    report_url="https://airflow/eks-upgrade/reports/eks_upgrade/shop-1.35",
)
MOMENT = 1_795_662_000.0  # 2026-11-26 03:00 UTC
TITLES = ["payments/eu-west-1/shop", "search/eu-west-1/catalog"]
NOTICES = {
    Event.RING_STARTED: (
        ring_started(FLEET, "early", TITLES),
        "fleet: ring 'early' started with 2 clusters",
    ),
    Event.CLUSTER_FAILED: (
        cluster_failed(SHOP, "the drain is stuck", unhealthy=False),
        "payments/eu-west-1/shop: was not upgraded",
    ),
    Event.APPROVAL: (
        approval_needed(FLEET, "main", TITLES, MOMENT, "https://airflow/answer"),
        "fleet: ring 'main' waits for a yes until 2026-11-26 03:00 UTC",
    ),
    Event.FLEET_STOPPED: (
        fleet_stopped(FLEET, "early", "too many are unhealthy"),
        "fleet: stopped at ring 'early'",
    ),
    Event.WINDOW_ENDED: (
        window_ended(FLEET, "12 clusters upgraded and healthy", good=True),
        "fleet: window ended",
    ),
}


@pytest.mark.parametrize("event", NOTICES)
def test_a_subject_says_who_and_what_happened_and_leads_to_the_run(event):
    notice, subject = NOTICES[event]
    assert (notice.event, notice.subject) == (event, subject)
    assert notice.about.run_url in notice.text


def test_a_cluster_that_is_not_well_is_told_from_one_that_was_not_upgraded():
    notice = cluster_failed(SHOP, "node n1 is not Ready", unhealthy=True)
    assert notice.subject == "payments/eu-west-1/shop: unhealthy after its upgrade"
    assert notice.lines == ("Node n1 is not Ready.",)


def test_a_question_says_where_it_is_answered():
    assert "Answer here: https://airflow/answer" in NOTICES[Event.APPROVAL][0].text
    assert "until" not in approval_needed(FLEET, "main", TITLES, None, "").subject


def test_a_window_that_needs_a_person_says_so():
    notice = window_ended(FLEET, "the fleet stopped", good=False)
    assert notice.subject == "fleet: window ended, and needs a person"


def test_of_many_clusters_some_are_named_and_the_rest_counted():
    lines = ring_started(FLEET, "main", [f"c{number}" for number in range(100)]).lines
    assert len(lines) <= MAX_CLUSTERS + 2
    assert lines[-1].startswith("and ")


def test_what_looks_like_a_secret_is_hidden():
    notice = cluster_failed(SHOP, "refused: X-Amz-Signature=abcdef0123456789", unhealthy=False)
    assert "abcdef0123456789" not in notice.text
