"""What the tasks of a run tell, through a mail server and a web server on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.report import EksUpgradeVerdictOperator
from eks_upgrade_airflow.run.report_store import Form, ReportStore

from tests.airflow.drain.drain_lab import CLUSTER, DrainLab
from tests.airflow.notices.conftest import ADDRESS, HTTP, MAIL, PLAN, Configure
from tests.airflow.notices.receivers import Hooks, Mailbox, text_of
from tests.airflow.worker import Dag, DagRun, StateStore, TaskInstance, as_worker


class Ended(TaskInstance):
    """The verdict's task: it knows how long the others were at work."""

    seconds = 1.0

    def get_task_breadcrumbs(self, **_: str) -> Iterator[dict[str, Any]]:
        for crumb in super().get_task_breadcrumbs():
            yield {**crumb, "duration": self.seconds, "state": self.states.get(crumb["task_id"])}


SEEN = {"text": "the cluster is as planned", "ended": "2026-11-26T03:00:00+00:00", "data": {}}


class Verdict:
    """A run that has come to its verdict, which can be cleared."""

    def __init__(self, state: str = "success") -> None:
        xcoms = {"verify_cluster": SEEN, "report": SEEN}
        self.ti = Ended("shop-1.26", xcoms, {"verify_cluster": state, "report": "success"})
        self.store = StateStore()

    def run(self) -> str:
        task = EksUpgradeVerdictOperator(task_id="verdict", goals=["verify_cluster"])
        context: Any = {
            "ti": self.ti,
            "params": {"cluster_name": "shop", "target_version": "1.26"},
            "task_state_store": self.store,
            "dag_run": DagRun(),
            "dag": Dag(["verify_cluster", "report"]),
        }
        with as_worker(task):
            return str(task.execute(context))

    def stops(self) -> str:
        with pytest.raises(AirflowFailException) as raised:
            self.run()
        return str(raised.value)


def test_a_good_end_is_told_with_a_link_to_the_report(
    mailbox: Mailbox, configure: Configure
) -> None:
    configure(MAIL)
    Verdict().run()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "shop to 1.26: done"
    assert "The cluster is as planned." in text_of(mail)
    assert f"{ADDRESS}/eks-upgrade/reports/eks_upgrade/shop-1.26" in text_of(mail)
    assert f"{ADDRESS}/dags/eks_upgrade/runs/shop-1.26" in text_of(mail)


def test_a_stop_is_told_with_the_verdicts_own_sentence(
    mailbox: Mailbox, configure: Configure
) -> None:
    configure(MAIL)
    why = Verdict("failed").stops()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "shop to 1.26: stopped"
    assert why[1:] in text_of(mail).replace("&#x27;", "'")


def test_a_verdict_that_is_cleared_tells_the_same_end_once_and_another_one_again(
    hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    ended = Verdict("failed")
    ended.stops()
    ended.stops()
    assert len(hooks.got) == 1
    ended.ti.seconds = 2.0  # a task was cleared, was at work, and failed as before
    ended.stops()
    ended.ti.states["verify_cluster"] = "success"
    ended.run()
    ended.run()
    assert [body["event"] for body in hooks.bodies] == ["stopped", "stopped", "finished"]


def test_who_is_not_told_of_the_end_changes_no_state_and_is_noted_in_the_report(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    monkeypatch.setenv("AIRFLOW__EKS_UPGRADE__REPORTS", str(tmp_path))
    hooks.status = 500
    configure({"notifier": HTTP, "name": "channel"})
    assert Verdict().run()
    notes = ReportStore(str(tmp_path)).read("eks_upgrade", "shop-1.26", Form.NOTES)
    assert notes is not None
    assert b"nobody was told of 'shop to 1.26: done' by notifier 'channel'" in notes


def test_the_lock_tells_that_a_run_has_started_once(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    run = lab.run()
    run.done["plan"] = PLAN
    for _ in range(2):
        assert run.do("lock", EksLockClusterOperator)["obstacles"] == []
    (body,) = hooks.bodies
    assert (body["event"], body["cluster"]) == ("started", CLUSTER)
    assert body["text"].startswith(f"{CLUSTER} from 1.25 to 1.26: upgrade started\n")
    assert f"The run manual__1 of eks_upgrade on cluster {CLUSTER} was started" in body["text"]


def test_a_start_that_nobody_hears_of_is_an_obstacle_of_the_lock(
    lab: DrainLab, hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    hooks.status = 404
    (obstacle,) = lab.run().do("lock", EksLockClusterOperator)["obstacles"]
    assert "nobody was told" in obstacle["what"]
    assert obstacle["passed_by"] == "the run goes on without"
