"""What tasks of a fleet's run tell, through a mail server on loopback."""

from collections.abc import Callable
from typing import Any

import pytest
from eks_upgrade_airflow.notices.fleet import (
    tell_approval,
    tell_cluster_failed,
    tell_fleet_stopped,
    tell_ring_started,
    tell_window_ended,
)

from tests.airflow.notices.conftest import ADDRESS, MAIL, Configure
from tests.airflow.notices.receivers import Mailbox, text_of
from tests.airflow.worker import Dag, DagRun, StateStore, TaskInstance

WEB = "https://airflow.example.com/dags/eks_upgrade/runs/shop-1.35"


def context() -> Any:
    return {
        "ti": TaskInstance("saturday", {}, {}, dag_id="eks_fleet"),
        "params": {},
        "task_state_store": StateStore(),
        "dag_run": DagRun(),
        "dag": Dag(["report"]),
    }


Tell = Callable[[Any], Any]
TOLD: dict[str, tuple[Tell, str, str]] = {
    "ring_started": (
        lambda seen: tell_ring_started(seen, "early", ["shop", "catalog"]),
        "fleet: ring 'early' started with 2 clusters",
        "catalog",
    ),
    "cluster_failed": (
        lambda seen: tell_cluster_failed(seen, "payments/shop", "stuck", run_url=WEB),
        "payments/shop: was not upgraded",
        WEB,
    ),
    "approval": (
        lambda seen: tell_approval(seen, "main", ["shop"], None),
        "fleet: ring 'main' waits for a yes",
        f"{ADDRESS}/dags/eks_fleet/runs/saturday/tasks/task/required_actions",
    ),
    "fleet_stopped": (
        lambda seen: tell_fleet_stopped(seen, "early", "too many are unhealthy"),
        "fleet: stopped at ring 'early'",
        "Too many are unhealthy.",
    ),
    "window_ended": (
        lambda seen: tell_window_ended(seen, "2 clusters upgraded and healthy", good=True),
        "fleet: window ended",
        f"{ADDRESS}/eks-upgrade/reports/eks_fleet/saturday",
    ),
}


@pytest.mark.parametrize(("tell", "subject", "words"), TOLD.values(), ids=TOLD)
def test_each_is_told_by_the_notifiers_of_the_project(
    mailbox: Mailbox, configure: Configure, tell: Tell, subject: str, words: str
) -> None:
    configure(MAIL)
    assert tell(context()) == ()
    (mail,) = mailbox.mails
    assert mail["subject"] == subject
    assert words in text_of(mail)


@pytest.mark.parametrize("event", TOLD)
def test_who_wants_other_events_hears_nothing(
    mailbox: Mailbox, configure: Configure, event: str
) -> None:
    configure({**MAIL, "events": ["started"]})
    assert TOLD[event][0](context()) == ()
    assert mailbox.mails == []


def test_a_task_that_is_cleared_does_not_say_the_same_again(
    mailbox: Mailbox, configure: Configure
) -> None:
    configure(MAIL)
    seen = context()
    for why in ("stuck", "stuck", "refused"):
        tell_cluster_failed(seen, "payments/shop", why)
    assert [text_of(each).count("Stuck") for each in mailbox.mails] == [1, 0]


@pytest.mark.parametrize("event", TOLD)
def test_a_notifier_that_fails_costs_nothing(configure: Configure, event: str) -> None:
    configure({"notifier": "no.such.Class"})
    (obstacle,) = TOLD[event][0](context())
    assert "nobody was told" in obstacle.what
