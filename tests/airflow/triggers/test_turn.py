"""Waiting for a group's turn, told by the states of the tasks of its own run."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse, GetTaskStates, TaskStatesResult
from eks_upgrade_airflow.sensors.turn import EksNodegroupTurnSensor
from eks_upgrade_airflow.triggers.turn import EksNodegroupTurnTrigger, end_of

from include.eks_upgrade.planning.turn import GroupEnd
from tests.airflow.worker import Run, parameters, supervised

LAST = "node_group.confirm_gone"
GROUPS = ("canary", "web", "batch", "system")


class Airflow:
    """What workers and triggerers ask for states; it answers with one after another."""

    def __init__(self, *answers: Mapping[int, str | None] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[GetTaskStates] = []

    def send(self, msg: GetTaskStates) -> TaskStatesResult:
        self.asked.append(msg)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        states = {f"{LAST}_{place}": state for place, state in answer.items()}
        return TaskStatesResult(task_states={"manual__1": states} if states else {})


def wait(airflow: Airflow, name: str, at_once: int = 2) -> dict[str, Any]:
    """The event of the wait of one of the groups."""
    trigger = EksNodegroupTurnTrigger(
        cluster_name="payments",
        aws_conn_id=None,
        region_name=None,
        poll_seconds=0.0,
        deadline=9e9,
        nodegroup_name=name,
        groups_before=list(GROUPS[: GROUPS.index(name)]),
        at_once=at_once,
        dag_id="eks_upgrade",
        run_id="manual__1",
        last_task_id=LAST,
    )

    async def first() -> dict[str, Any]:
        return dict((await anext(trigger.run())).payload)

    with supervised([], airflow.send):
        return asyncio.run(first())


STATES = [
    pytest.param(None, GroupEnd.OPEN, id="cleared, or not mapped out yet"),
    *(
        pytest.param(state, GroupEnd.OPEN, id=state)
        for state in (
            "scheduled", "queued", "running", "deferred", "up_for_retry", "up_for_reschedule",
            "restarting", "awaiting_input", "a_new_word",
        )
    ),
    *(pytest.param(state, GroupEnd.STOPPED, id=state) for state in ("failed", "upstream_failed")),
    *(
        pytest.param(state, GroupEnd.REPLACED, id=state)
        for state in ("success", "skipped", "removed")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("state", "end"), STATES)
def test_a_group_has_ended_as_its_last_task_has(state: str | None, end: GroupEnd) -> None:
    assert end_of(state) is end


def test_the_wait_ends_when_the_canary_is_replaced() -> None:
    told = Airflow({}, {0: "running"}, {0: "success"})
    event = wait(told, "web")
    assert event["state"] == "done"
    assert len(told.asked) == 3
    assert told.asked[0].task_ids == [LAST]
    assert told.asked[0].run_ids == ["manual__1"]


def test_a_canary_asks_nobody() -> None:
    told = Airflow({})
    assert wait(told, "canary")["state"] == "done"
    assert told.asked == []


def test_a_group_behind_it_is_told_who_was_stopped() -> None:
    told = Airflow({0: "success", 1: "deferred"}, {0: "success", 1: "upstream_failed"})
    event = wait(told, "batch", at_once=1)
    assert event["state"] == "failed"
    assert "node group 'batch' is not begun: 'web' was to be replaced before it" in event["detail"]


def test_an_api_server_that_does_not_answer_is_asked_again() -> None:
    error = AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))
    told = Airflow(error, {0: "success"})
    assert wait(told, "web")["state"] == "done"


def run_sensor(name: str, *answers: Mapping[int, str | None]) -> tuple[Run, Airflow]:
    told = Airflow(*answers)
    run = Run(parameters(cluster_name="payments", region="eu-west-1"), airflow=told.send)
    run.do(
        "await_turn",
        EksNodegroupTurnSensor,
        nodegroup_name=name,
        groups=[{"nodegroup_name": each, "to_version": "1.26"} for each in GROUPS],
        last_task_id=LAST,
        waiter_delay=0.0,
    )
    return run, told


def test_a_group_whose_turn_it_is_already_is_not_deferred() -> None:
    run, told = run_sensor("system", {0: "success", 1: "success", 2: "success"})
    assert run.deferred == []
    assert len(told.asked) == 1


def test_a_group_that_has_to_wait_is_deferred_and_its_wait_counts_for_nothing() -> None:
    run, _ = run_sensor("web", {0: "running"}, {0: "running"}, {0: "success"})
    assert run.deferred == ["EksNodegroupTurnTrigger"]
    assert run.done["await_turn"]["waits"] == []
    assert not run.done["await_turn"]["changed"]


def test_a_group_that_is_held_back_fails_without_another_try() -> None:
    with pytest.raises(AirflowFailException, match="'canary', the canary, was to be replaced"):
        run_sensor("system", {0: "failed"})
