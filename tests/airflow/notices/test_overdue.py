"""A run that is overdue is told by the notifiers, from Airflow's small context."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.definitions.deadline import DeadlineAlert
from eks_upgrade_airflow.fleet.overdue import FleetExpectedEnd
from eks_upgrade_airflow.notices.overdue import (
    UpgradeExpectedEnd,
    tell_overdue,
    told_when_overdue,
)

from tests.airflow.notices.conftest import ADDRESS, MAIL, Configure
from tests.airflow.notices.receivers import Mailbox, text_of

RUN = {
    "dag_id": "eks_upgrade",
    "dag_run_id": "upgrade__shop",
    "run_after": "2026-11-28T02:00:00Z",
    "triggering_user_name": "jo",
    "conf": {"cluster_name": "shop", "target_version": "1.34", "expected_minutes": 60},
}
CONTEXT = {
    "dag_run": RUN,
    "deadline": {"id": "1", "deadline_time": datetime(2026, 11, 28, 3, 0, tzinfo=UTC)},
}


def told(context: Any) -> str:
    return asyncio.run(tell_overdue(context=context))


def test_a_mail_names_the_cluster_and_leads_to_the_run(
    mailbox: Mailbox, configure: Configure
) -> None:
    configure(MAIL)
    assert told(CONTEXT) == "told"
    (mail,) = mailbox.mails
    assert mail["subject"] == "shop to 1.34: overdue"
    assert "expected to have ended by 2026-11-28 03:00 UTC" in text_of(mail)
    assert f"{ADDRESS}/dags/eks_upgrade/runs/upgrade__shop" in text_of(mail)


def test_the_fleets_run_is_called_the_fleet(mailbox: Mailbox, configure: Configure) -> None:
    configure(MAIL)
    told({**CONTEXT, "dag_run": {**RUN, "dag_id": "eks_fleet", "conf": None}})
    assert mailbox.mails[0]["subject"] == "fleet: overdue"


def test_who_wants_other_events_hears_nothing(mailbox: Mailbox, configure: Configure) -> None:
    configure({**MAIL, "events": ["started"]})
    assert told(CONTEXT) == "nobody wants to know"
    assert mailbox.mails == []


@pytest.mark.parametrize("context", [None, {}, {"dag_run": {}}])
def test_a_context_of_another_airflow_is_told_as_far_as_it_goes(
    mailbox: Mailbox, configure: Configure, context: Any
) -> None:
    configure(MAIL)
    assert told(context) == "told"
    assert mailbox.mails[0]["subject"] == "fleet: overdue"


def test_a_notifier_that_fails_is_what_came_of_it(configure: Configure) -> None:
    configure({"notifier": "no.such.Class"})
    assert "nobody was told" in told(CONTEXT)


class Broken:
    """A database that does not answer."""

    def execute(self, _: Any) -> Any:
        raise TimeoutError


@pytest.mark.parametrize("reference", [UpgradeExpectedEnd(), FleetExpectedEnd()])
def test_a_due_time_that_cannot_be_told_is_none_and_costs_no_run(reference: Any) -> None:
    assert reference._evaluate_with(session=Broken(), dag_id="d", run_id="r") is None


def test_airflow_takes_the_alert_by_a_path_that_a_triggerer_can_import() -> None:
    alert = told_when_overdue(UpgradeExpectedEnd())
    assert isinstance(alert, DeadlineAlert)
    assert alert.callback.path == "eks_upgrade_airflow.notices.overdue.tell_overdue"


def test_what_airflows_page_shows_beside_upcoming_does_not_say_that_it_is_late() -> None:
    # The page of a run: "Upcoming (expected end)", and "Missed (expected end)" when it is late.
    assert told_when_overdue(UpgradeExpectedEnd()).name == "expected end"
