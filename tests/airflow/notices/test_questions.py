"""A question is told when it is put and again before it ends; the plan says who would not hear."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.notices import send
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator

from include.eks_upgrade.drain.blocked.question import RESTART, STOP, WAIT_ON
from tests.airflow.drain.drain_lab import CLUSTER, DrainLab
from tests.airflow.notices.conftest import ADDRESS, HTTP, MAIL, PLAN, SMTP, Configure
from tests.airflow.notices.receivers import Hooks, Mailbox, text_of
from tests.airflow.worker import Run

ASK = {"when_blocked": {"never_allowed": "ask"}, "timeout_minutes": 5.0}
"""Asks at once, and ends in five minutes: time for a reminder."""


def asking(lab: DrainLab, *answers: str | None) -> tuple[Run, dict[str, Any]]:
    run = lab.run(*answers)
    run.done["plan"] = PLAN
    return run, lab.drain(run, **ASK)


def test_a_question_is_told_with_its_reason_its_end_and_where_to_answer(
    lab: DrainLab, mailbox: Mailbox, configure: Configure
) -> None:
    configure(MAIL)
    asking(lab, RESTART)
    (mail,) = mailbox.mails
    assert mail["Subject"].startswith(f"{CLUSTER} from 1.25 to 1.26: a question waits until 20")
    told = text_of(mail)
    assert "shop/solo-" in told
    assert "maxUnavailable 0" in told
    assert RESTART in told
    assert f"{ADDRESS}/dags/eks_upgrade/runs/manual__1/tasks/drain_old/required_actions" in told


def test_a_question_that_nobody_answers_is_told_again_and_stays_open(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    run, result = asking(lab, None, RESTART)
    assert [body["event"] for body in hooks.bodies] == ["question", "reminder"]
    assert "no answer yet" in hooks.bodies[1]["text"]
    assert len(run.asked) == 1
    assert [wait[0] for wait in result["waits"]] == ["drain", "person", "drain"]
    assert lab.left() == []


def test_it_is_told_again_once_and_then_the_question_ends(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    with pytest.raises(AirflowFailException, match="its time limit came before an answer"):
        asking(lab, None, None)
    assert [body["event"] for body in hooks.bodies] == ["question", "reminder"]


@pytest.mark.parametrize("events", [None, ["question", "stopped"]])
def test_without_reminders_a_question_has_one_wait_as_ever(
    lab: DrainLab, hooks: Hooks, configure: Configure, events: list[str] | None
) -> None:
    if events:
        configure({"notifier": HTTP, "events": events})
    with pytest.raises(AirflowFailException, match="its time limit came before an answer"):
        asking(lab, None)
    assert len(hooks.got) == (1 if events else 0)


def test_the_next_question_of_a_drain_is_told_as_well(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    run = lab.run(WAIT_ON, STOP)
    with pytest.raises(AirflowFailException):
        lab.drain(run, **ASK, ask_again_minutes=0.001)
    assert [body["event"] for body in hooks.bodies] == ["question", "question"]


def test_a_question_that_nobody_hears_of_is_an_obstacle_and_is_asked_all_the_same(
    lab: DrainLab, hooks: Hooks, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "PATIENCE", 0.5)
    hooks.pause = 3.0
    configure({"notifier": HTTP})
    run, result = asking(lab, RESTART)
    assert len(run.asked) == 1
    told = [one for one in result["obstacles"] if "nobody was told" in one["what"]]
    assert [one["passed_by"] for one in told] == ["the run goes on without"]
    assert "has not answered within 0.5 s" in told[0]["what"]


def test_the_plan_warns_of_notifiers_that_would_tell_nobody(
    lab: DrainLab, configure: Configure
) -> None:
    configure({"notifier": "no.such.Thing"}, {"notifier": SMTP, "arguments": {"too": 1}})
    run = lab.run()
    run.params |= {"when_never_allowed": "ask", "ignore_daemonsets": True}
    plan = run.do("plan", EksPlanUpgradeOperator, options=run.params)
    told = [line for line in plan["warnings"] if "notifiers" in line]
    assert len(told) == 3
    assert "no.such.Thing cannot be imported" in told[0]
