"""The drain as a task: its options, the question it may ask, and what it makes of an answer."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, ParamValidationError
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.ui.params import upgrade_params

from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import ALLOWED, Action
from include.eks_upgrade.drain.blocked.question import DELETE, RESTART, STOP, WAIT_ON
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.request import UpgradeRequest
from tests.airflow.drain.drain_lab import EASY, SOLO, DrainLab, drain_lab
from tests.airflow.worker import (
    StateStore,
    TaskInstance,
    answer,
    as_worker,
    parameters,
    supervised,
)

ASK = {"never_allowed": "ask"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[DrainLab]:
    with drain_lab(SOLO, EASY) as made:
        yield made


@pytest.fixture
def lab(cluster: DrainLab) -> DrainLab:
    cluster.begin()
    return cluster


def failure(lab: DrainLab, *answers: str | None, **options: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        lab.drain(lab.run(*answers), **options)
    return str(raised.value)


def solo(lab: DrainLab) -> str:
    """The pod that is held, while it is on the old nodes."""
    (name,) = (name for name in lab.left() if name.startswith("solo-"))
    return f"shop/{name}"


WRONG = [
    pytest.param({"gone_fishing": "wait"}, "no such class", id="unknown class"),
    pytest.param({"refused": "shrug"}, "no answer to it", id="unknown answer"),
    pytest.param({"slow_to_stop": "restart"}, "no answer to it", id="useless answer"),
    pytest.param({"refused": "delete"}, "may_delete_blocked_pods", id="answer that is not allowed"),
]


@pytest.mark.parametrize(("when_blocked", "words"), WRONG)
def test_an_answer_that_cannot_be_is_refused_before_anything_is_touched(
    lab: DrainLab, when_blocked: dict[str, str], words: str
) -> None:
    assert words in failure(lab, when_blocked=when_blocked)
    assert lab.done("create pods/eviction") == {}


def test_a_person_is_asked_and_the_answer_is_followed_and_told(lab: DrainLab) -> None:
    pod = solo(lab)
    run = lab.run(RESTART)
    result = lab.drain(run, when_blocked=ASK)

    (question,) = run.asked
    assert question.options == [WAIT_ON, RESTART, STOP]
    assert question.defaults is None
    assert question.params == {}
    assert lab.old in question.subject
    assert f"| {pod} |" in question.body
    assert "maxUnavailable 0" in question.body
    assert [one["pod"] for one in run.pushed["question"]] == [pod]
    assert lab.left() == []
    (given,) = result["data"]["answers"]
    assert given["option"], given["who"] == (RESTART, "Ada")
    assert given["pods"] == [pod]
    assert any("Ada answered" in each["passed_by"] for each in result["obstacles"])
    assert lab.done("create pods/eviction")[pod] == 0


def test_the_account_of_a_drain_that_asked_is_that_of_all_its_parts(lab: DrainLab) -> None:
    before = {f"shop/{name}" for name in lab.left()}
    run = lab.run(RESTART)
    result = lab.drain(run, when_blocked=ASK)

    pods = {pod["pod"]: pod["fate"] for pod in result["data"]["pods"]}
    assert set(pods) == before
    assert result["data"]["moved"] == sum(result["data"]["by_node"].values()) == len(before)
    assert {fate for name, fate in pods.items() if "easy" in name} == {"evicted"}
    assert [wait[0] for wait in result["waits"]] == ["drain", "person", "drain"]
    assert run.deferred == ["EksDrainTrigger", "EksDrainTrigger"]


def test_the_time_of_a_question_is_a_persons_also_where_the_drain_then_fails(lab: DrainLab) -> None:
    run = lab.run(STOP)
    with pytest.raises(AirflowFailException):
        lab.drain(run, when_blocked=ASK)
    (_, _, asked), (kind, began, ended) = run.pushed["waits"]
    assert (kind, began) == ("person", asked)
    assert ended > began


def test_a_budget_that_was_passed_in_the_end_is_not_told_as_not_passed(lab: DrainLab) -> None:
    result = lab.drain(lab.run(RESTART), when_blocked=ASK)
    assert all(each["passed_by"] for each in result["obstacles"])


def test_the_log_of_a_drain_ends_with_the_reports_address_however_it_ends(
    lab: DrainLab, caplog: pytest.LogCaptureFixture
) -> None:
    def last_line() -> str:
        return caplog.messages[-1].rpartition(" ")[2]

    page = "/eks-upgrade/reports/eks_upgrade/manual__1"
    with caplog.at_level(logging.INFO):
        failure(lab, STOP, when_blocked=ASK)
        assert last_line() == page
        caplog.clear()
        lab.drain(lab.run(RESTART), when_blocked=ASK)
        assert last_line() == page
        # Not while it waits: of its three parts only the last one ends the task.
        assert sum(page in line for line in caplog.messages) == 1


def test_who_says_stop_ends_the_task_and_the_pod_stays(lab: DrainLab) -> None:
    told = failure(lab, STOP, when_blocked=ASK)
    assert f"Ada answered '{STOP}'" in told
    assert f"{solo(lab)}" in told
    assert solo(lab)


def test_when_nobody_answers_the_limit_of_the_drain_ends_it_and_nothing_is_deleted(
    lab: DrainLab,
) -> None:
    told = failure(lab, None, when_blocked=ASK)
    assert "time limit came before an answer" in told
    assert "Nothing was deleted" in told
    assert f"{solo(lab)}" in told
    assert lab.done("delete pods") == {}


def test_who_says_wait_on_is_asked_again_only_later(lab: DrainLab) -> None:
    run = lab.run(WAIT_ON, STOP)
    with pytest.raises(AirflowFailException) as raised:
        lab.drain(run, when_blocked=ASK, ask_again_minutes=0.05)
    assert len(run.asked) == 2
    first, second = run.pushed["question"], run.asked[1]
    assert first
    assert second.subject == run.asked[0].subject
    assert f"Ada answered '{STOP}'" in str(raised.value)
    # Not before it is time: the drain gives up meanwhile.
    told = failure(lab, WAIT_ON, when_blocked=ASK, timeout_minutes=0.05)
    assert "ran out of time" in told
    assert f"Before that, Ada answered '{WAIT_ON}'" in told


def test_deleting_is_offered_and_done_only_where_a_parameter_allows_it(lab: DrainLab) -> None:
    pod = solo(lab)
    run = lab.run(DELETE)
    lab.drain(
        run, when_blocked=ASK, may_delete_blocked_pods=True, delete_blocked_after_minutes=0.001
    )
    assert run.asked[0].options == [WAIT_ON, RESTART, DELETE, STOP]
    assert lab.left() == []
    assert lab.done("delete pods") == {pod: 1}


def test_in_the_worker_the_same_engine_drains_with_the_same_words(
    lab: DrainLab, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    run = lab.run(RESTART)
    lab.drain(run, when_blocked=ASK, deferrable=False)
    assert run.deferred == []
    assert lab.left() == []
    told = capsys.readouterr().out + caplog.text
    assert f"drain of node group {lab.old}: " in told
    assert "blocked: pod shop/solo-" in told


def test_it_defers_unless_told_otherwise() -> None:
    task = EksDrainNodesOperator(task_id="drain", cluster_name="c", nodegroup_name="n")
    assert task.deferrable


def test_an_operator_without_options_drains_with_the_defaults_of_the_library() -> None:
    task = EksDrainNodesOperator(task_id="drain", cluster_name="c", nodegroup_name="n")
    assert task.options() == DEFAULTS


def test_a_form_that_nobody_changed_asks_for_a_drain_with_the_defaults_of_the_library() -> None:
    assert UpgradeRequest.from_params(parameters(cluster_name="c")).drain == DEFAULTS


STALE = [
    pytest.param(WAIT_ON, None, id="waiting on changes nothing"),
    pytest.param(DELETE, None, id="deleting is not taken over from an earlier question"),
    pytest.param(STOP, "was stopped: Ada answered", id="stopping is honoured"),
]


@pytest.mark.parametrize(("option", "words"), STALE)
def test_an_answer_to_the_question_of_an_earlier_try_moves_nothing(
    lab: DrainLab, option: str, words: str | None
) -> None:
    """A task that was cleared while it asked keeps its question open in Airflow."""
    task = EksDrainNodesOperator(
        task_id="drain",
        **lab.pair,
        ignore_daemonsets=True,
        deferrable=False,
        timeout_minutes=0.02,
        **lab.run().cluster,
    )
    context: Any = {"ti": TaskInstance("manual__1", {}, {}), "task_state_store": StateStore()}
    with as_worker(task), supervised([]), pytest.raises(AirflowFailException) as raised:
        task.resume(context, answer(option))
    assert (words or "ran out of time") in str(raised.value)
    assert solo(lab)


def test_what_the_form_says_about_blocked_pods_reaches_the_plan() -> None:
    asked = parameters(
        cluster_name="c",
        when_refused="ask",
        may_delete_blocked_pods=True,
        delete_blocked_after_minutes=5,
        delete_pause_seconds=6,
        kubernetes_requests_per_second=7,
        unbudgeted_workloads="at_once",
        unready_patience_minutes=8,
        single_replicas="restart",
    )
    drain = UpgradeRequest.from_params(asked).drain
    assert drain.when_blocked == {"refused": "ask"}
    assert drain.may_delete_blocked_pods
    assert drain.delete_blocked_after_minutes == 5
    assert (drain.delete_pause_seconds, drain.requests_per_second) == (6, 7)
    assert (drain.unbudgeted_workloads, drain.single_replicas) == ("at_once", "restart")
    assert drain.unready_patience_minutes == 8
    # An empty field of the form arrives as None.
    assert UpgradeRequest.from_params({**asked, "when_refused": None}).drain.when_blocked == {}


def test_code_may_give_the_answers_for_all_classes_as_one() -> None:
    given = {"when_blocked": {"refused": "ask", "bored": "wait"}, "when_slow_to_stop": "fail"}
    drain = UpgradeRequest.from_params({"cluster_name": "c", **given}).drain
    assert drain.when_blocked == {"refused": "ask", "bored": "wait", "slow_to_stop": "fail"}


@pytest.mark.parametrize("kind", BlockClass)
def test_the_form_offers_a_class_the_answers_that_it_takes_and_no_other(kind: BlockClass) -> None:
    param = upgrade_params()[f"when_{kind}"]
    assert set(param.schema["enum"]) - {None} == ALLOWED[kind]
    assert param.value == Action.WAIT
    with pytest.raises(ParamValidationError):
        param.resolve("shrug")
