"""A step that waits for a yes is told with what it would do, until when, and where to answer."""

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.notices import send
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator

from include.eks_upgrade.planning.approval.question import STOP
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan
from tests.airflow.drain.drain_lab import CLUSTER, VERSION, DrainLab
from tests.airflow.notices.conftest import ADDRESS, HTTP, MAIL, Configure
from tests.airflow.notices.receivers import Hooks, Mailbox, text_of


def ask(lab: DrainLab, *answers: str | None, minutes: float = 60.0) -> str:
    run = lab.run(*answers)
    step = NodeGroupStep(
        name=lab.old, replacement=lab.new, from_version=VERSION, to_version=VERSION
    )
    run.done["plan"] = Plan(
        cluster=CLUSTER,
        region="eu-central-1",
        from_version=VERSION,
        to_version=VERSION,
        control_plane_needed=False,
        node_groups=(step,),
        summary=(f"node group {lab.old} is replaced",),
    ).as_json()
    asking = {"approvals": ["fence"], "approval_minutes": minutes}
    with pytest.raises(AirflowFailException) as raised:
        run.do("fence_old", EksFenceNodegroupOperator, **lab.pair, **asking)
    assert sum(hasattr(each, "subject") for each in run.asked) == 1
    return str(raised.value)


def test_the_question_is_told_with_the_plan_and_where_to_answer(
    lab: DrainLab, mailbox: Mailbox, configure: Configure
) -> None:
    configure(MAIL)
    ask(lab, STOP)
    (mail,) = mailbox.mails
    assert mail["Subject"].startswith(f"{CLUSTER} at {VERSION}: waits for a yes until 20")
    told = text_of(mail)
    assert "may the fence and the drain of node group" in told
    assert f"node group {lab.old} is replaced" in told
    assert f"{ADDRESS}/dags/eks_upgrade/runs/manual__1/tasks/fence_old/required_actions" in told


def test_who_does_not_answer_is_told_once_more_and_then_nothing_is_begun(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    assert "nobody has answered within 60 minutes" in ask(lab, None, None)
    assert [body["event"] for body in hooks.bodies] == ["approval", "reminder"]
    assert "no answer yet" in hooks.bodies[1]["text"]


def test_an_answer_after_the_reminder_counts(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    assert "Ada answered" in ask(lab, None, STOP)
    assert len(hooks.bodies) == 2


def test_a_question_that_is_open_for_minutes_has_no_reminder(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    assert "nobody has answered within 2 minutes" in ask(lab, None, minutes=2.0)
    assert [body["event"] for body in hooks.bodies] == ["approval"]


def test_a_notifier_that_hangs_holds_up_no_question(
    lab: DrainLab, hooks: Hooks, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "PATIENCE", 0.2)
    hooks.pause = 1.0
    configure({"notifier": HTTP, "events": ["approval"]})
    assert "Ada answered" in ask(lab, STOP)
