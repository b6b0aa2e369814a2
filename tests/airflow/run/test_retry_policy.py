"""Airflow's retries follow the class of the failure; the last failure says how to go on."""

import logging
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRuntimeError,
    AirflowSkipException,
    TaskDeferralError,
)
from airflow.sdk.execution_time.comms import ErrorResponse
from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.run.next_steps import is_last_try
from eks_upgrade_airflow.run.retry_policy import RETRIES, ClassifiedRetries, tries_so_far

from include.eks_upgrade.common.errors import (
    Busy,
    LockHeld,
    Problem,
    Refused,
    Stuck,
    UnexpectedResponse,
    Unreachable,
    UpdateFailed,
)
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan
from include.eks_upgrade.retrying import classify
from tests.airflow.worker import Dag, DagRun, TaskInstance

POLICY = ClassifiedRetries(spread=lambda: 1.0)
REFUSED = Refused("no", [Problem("role", "may not", "allow it")])
PLAN = Plan(
    cluster="shop",
    region="eu-west-1",
    from_version="1.25",
    to_version="1.26",
    control_plane_needed=True,
    node_groups=(
        NodeGroupStep(
            name="workers", replacement="workers-k126", from_version="1.25", to_version="1.26"
        ),
    ),
).as_json()


def context(**about: Any) -> dict[str, Any]:
    """The context of a task with the DAG's retries, after its run was planned."""
    ti = TaskInstance("manual__1", {"plan": PLAN}, {}, **about)
    ti.max_tries = RETRIES  # type: ignore[attr-defined] # as Airflow's own task instance has it
    return {
        "ti": ti,
        "task": SimpleNamespace(retries=RETRIES),
        "params": {"cluster_name": "shop"},
        "dag_run": DagRun(),
        "dag": Dag(["plan", "node_group.drain_old"]),
    }


RETRY, FAIL, DEFAULT = RetryAction.RETRY, RetryAction.FAIL, RetryAction.DEFAULT
DECISIONS = [
    pytest.param(Unreachable("throttled"), 1, RETRY, 15, id="throttled once"),
    pytest.param(Unreachable("throttled"), 9, RETRY, 300, id="throttled for long"),
    pytest.param(Busy("in use"), 1, RETRY, 120, id="in use"),
    pytest.param(Busy("not seen", 4), 3, RETRY, 480, id="not seen yet"),
    pytest.param(Busy("not seen", 4), 4, FAIL, None, id="not there at all"),
    pytest.param(REFUSED, 1, FAIL, None, id="refused"),
    pytest.param(UnexpectedResponse("418"), 1, RETRY, 30, id="a surprise, first"),
    pytest.param(UnexpectedResponse("418"), 2, FAIL, None, id="a surprise, again"),
    pytest.param(KeyError("x"), 1, RETRY, 30, id="a bug, first"),
    pytest.param(KeyError("x"), 2, FAIL, None, id="a bug, again"),
    pytest.param(ConnectionResetError(), 1, RETRY, 15, id="a reset"),
    pytest.param(TaskDeferralError("lost"), 1, DEFAULT, None, id="a trigger that Airflow lost"),
    pytest.param(AirflowRuntimeError(ErrorResponse()), 1, DEFAULT, None, id="Airflow's API server"),
]


@pytest.mark.parametrize(("error", "tried", "action", "seconds"), DECISIONS)
def test_a_failure_is_retried_as_its_class_says(
    error: Exception, tried: int, action: RetryAction, seconds: int | None
) -> None:
    decision = POLICY.evaluate(error, tried, RETRIES, context())
    assert decision.action is action
    assert decision.retry_delay == (None if seconds is None else timedelta(seconds=seconds))
    assert bool(decision.reason) == (action is not DEFAULT)


def test_the_reason_names_the_class_and_what_happened() -> None:
    decision = POLICY.evaluate(Unreachable("AWS asks for patience"), 1, RETRIES, context())
    assert decision.reason == "retry soon: AWS asks for patience"


@pytest.mark.parametrize(
    ("number", "highest", "tried"),
    [
        pytest.param(1, RETRIES, 1, id="the first try"),
        pytest.param(4, RETRIES, 4, id="the fourth"),
        pytest.param(5, 4 + RETRIES, 1, id="the first after a clearing"),
        pytest.param(6, 4 + RETRIES, 2, id="the second after a clearing"),
    ],
)
def test_tries_are_counted_from_the_last_clearing(number: int, highest: int, tried: int) -> None:
    assert tries_so_far(number, highest, context()) == tried


def test_a_bug_after_a_clearing_has_its_second_try_too() -> None:
    assert POLICY.evaluate(KeyError("x"), 5, 4 + RETRIES, context()).action is RETRY
    assert POLICY.evaluate(KeyError("x"), 6, 4 + RETRIES, context()).action is FAIL


def test_the_policy_survives_being_stored_with_the_dag() -> None:
    assert isinstance(ClassifiedRetries.deserialize(POLICY.serialize()), ClassifiedRetries)


def fail(error: BaseException, ctx: dict[str, Any]) -> BaseException:
    """What Airflow sees of an error inside a step."""
    with pytest.raises(BaseException) as raised, report_failure(ctx):  # noqa: PT011 - any of them
        raise error
    return raised.value


PERSONS = [
    pytest.param(REFUSED, id="refused"),
    pytest.param(LockHeld("held"), id="locked"),
    pytest.param(UpdateFailed("IpNotAvailable"), id="failed update"),
    pytest.param(Stuck("2 pods are left"), id="stuck"),
]


@pytest.mark.parametrize("error", PERSONS)
def test_what_needs_a_person_ends_the_task_whatever_its_retries_are(error: Exception) -> None:
    ctx = context(task_id="node_group.drain_old", map_index=0)
    seen = fail(error, ctx)
    assert type(seen) is AirflowFailException
    assert str(error) in str(seen)
    assert ctx["ti"].pushed["failure"] == str(error)


@pytest.mark.parametrize(
    "error", [Unreachable("x"), Busy("x"), UnexpectedResponse("x"), KeyError("x")]
)
def test_everything_else_is_left_to_the_policy_as_it_is(error: Exception) -> None:
    ctx = context(task_id="node_group.drain_old", map_index=0)
    assert fail(error, ctx) is error
    assert str(error) in ctx["ti"].pushed["failure"]


def test_airflows_own_words_pass_untouched() -> None:
    ctx = context()
    skip = AirflowSkipException("not today")
    assert fail(skip, ctx) is skip
    assert ctx["ti"].pushed == {}


def told(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


def test_the_log_of_a_task_that_fails_for_good_says_how_to_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        fail(Stuck("2 pods are left"), context(task_id="node_group.drain_old", map_index=0))
    message = " ".join(told(caplog).split())
    assert "Safe right now: " in message
    assert "Not done: Drain of shop/workers, and what follows" in message
    assert (
        "What to do now: Put right what is named here, then clear `node_group.drain_old` "
        "[workers] with its downstream tasks." in message
    )


def test_the_log_of_a_try_that_airflow_repeats_says_only_that(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        fail(Unreachable("throttled"), context(task_id="node_group.drain_old", map_index=0))
    assert "Airflow tries this task again by itself" in told(caplog)
    assert "What to do now" not in told(caplog)


def test_advice_that_cannot_be_given_hides_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    ctx = context(task_id="node_group.drain_old", map_index=0)
    del ctx["dag_run"]
    assert type(fail(REFUSED, ctx)) is AirflowFailException
    assert "is not known" in told(caplog)


LAST = [
    pytest.param(Unreachable("x"), 1, False, id="throttled, first"),
    pytest.param(Unreachable("x"), RETRIES, False, id="throttled, one left"),
    pytest.param(Unreachable("x"), RETRIES + 1, True, id="throttled, none left"),
    pytest.param(REFUSED, 1, True, id="refused"),
    pytest.param(KeyError("x"), 1, False, id="a bug, first"),
    pytest.param(KeyError("x"), 2, True, id="a bug, again"),
]


@pytest.mark.parametrize(("error", "number", "last"), LAST)
def test_the_last_try_is_known(error: Exception, number: int, last: bool) -> None:
    assert is_last_try(context(try_number=number), classify(error)) is last  # type: ignore[arg-type]
