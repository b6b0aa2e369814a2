"""What a task makes of the event with which its wait ended."""

from typing import Any

import pytest
from eks_upgrade_airflow.run.events import error_of, result_of

from include.eks_upgrade.common.errors import (
    LockHeld,
    Refused,
    Stuck,
    UnexpectedResponse,
    Unreachable,
    UpdateFailed,
    UpgradeError,
)


def event(state: str, detail: str = "why", **more: Any) -> dict[str, Any]:
    whole = {"data": {"n": 1}, "kind": "aws", "carry": None, "began": 10.0, "ended": 25.0}
    return {"state": state, "detail": detail, **whole, **more}


@pytest.mark.parametrize("kind", ["aws", "drain"])
def test_a_wait_that_came_to_its_end_is_a_deed_with_its_seconds(kind: str) -> None:
    result = result_of(event("done", "it is ACTIVE", kind=kind))
    assert result.text == "it is ACTIVE"
    assert result.data == {"n": 1}
    assert result.waits == ((kind, 10.0, 25.0),)
    assert not result.changed


STATES = [
    pytest.param("failed", UpdateFailed, "why", id="AWS says that it failed"),
    pytest.param("late", Stuck, "why", id="the time limit came first"),
    pytest.param("Unreachable", Unreachable, "why", id="nobody answered"),
    pytest.param("LockHeld", LockHeld, "why", id="another run holds the lock"),
    pytest.param("UpdateFailed", UpdateFailed, "why", id="the library said that it failed"),
    pytest.param("UnexpectedResponse", UnexpectedResponse, "why", id="an answer nobody foresaw"),
    pytest.param("Refused", Stuck, "why", id="a refusal, whose problems are told in its words"),
    pytest.param("Problem", UnexpectedResponse, "Problem: why", id="a name that is no error"),
    pytest.param(
        "annotations", UnexpectedResponse, "annotations: why", id="a name that is no class"
    ),
    pytest.param("new", UnexpectedResponse, "new: why", id="a state of a later release"),
]


@pytest.mark.parametrize(("state", "kind", "message"), STATES)
def test_a_wait_that_ended_badly_is_the_error_it_was(
    state: str, kind: type[UpgradeError], message: str
) -> None:
    error = error_of(event(state))
    assert type(error) is kind
    assert str(error) == message
    with pytest.raises(kind) as raised:
        result_of(event(state))
    assert str(raised.value) == message


def test_a_refusal_is_not_made_of_words_it_cannot_take_apart() -> None:
    assert not isinstance(error_of(event("Refused")), Refused)
