"""What a trigger sends back to its task, as plain JSON, and what the task makes of it.

    {"state": "done" | "failed" | "late" | "asks" | <class name of an error>,
     "detail": words for people, "data": {...}, "kind": "aws" | "drain",
     "carry": what the task gave the trigger to bring back, or null,
     "began": epoch seconds, "ended": epoch seconds}

The data may have "obstacles", a list of `{"what", "passed_by"}`: what was met meanwhile.
Everything the task needs is in the event: arguments of `defer` are not relied upon.
"""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from airflow.triggers.base import TriggerEvent

from include.eks_upgrade.common import errors
from include.eks_upgrade.common.shorten import shortened
from include.eks_upgrade.common.step_result import Obstacle, StepResult

FAILURE_KEY = "failure"
"""XCom key under which a failed step leaves its message for the report."""

WAITS_KEY = "waits"
"""XCom key of the waits so far (`StepResult.waits`) of a step that may yet end without a result."""

APPROVAL_KEY = "approval"
"""XCom key, and key of a result's data, of who has approved a step (`Approval.as_json`)."""

BRIEF = 120
"""Characters of an event's sentence in a log."""

DONE = "done"
FAILED = "failed"
LATE = "late"
ENDED = frozenset({DONE, FAILED, LATE})
"""What a wait ends with when nothing went wrong with the waiting itself."""

ASKS = "asks"
"""A person is to be asked before it goes on; the data is the question's."""


class BriefEvent(TriggerEvent):
    """An event as above that is short in a log, where Airflow writes all that fires."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        super().__init__(payload)

    def __repr__(self) -> str:
        """State and first line; a drain's event has a row for each node and pod."""
        first = str(self.payload["detail"]).partition("\n")[0]
        return f"{self.payload['state']}: {textwrap.shorten(shortened(first), BRIEF)}"


def result_of(event: Mapping[str, Any]) -> StepResult:
    """The result that a finished wait amounts to.

    Raises:
        UpdateFailed: AWS said that it failed.
        Stuck: the time limit came first; nothing was deleted because of that.
        UpgradeError: the error the trigger met, as the class it was.
    """
    if event["state"] == DONE:
        wait = (event["kind"], event["began"], event["ended"])
        data = dict(event["data"])
        met = tuple(Obstacle(**each) for each in data.pop("obstacles", ()))
        return StepResult(event["detail"], data=data, obstacles=met, waits=(wait,))
    raise error_of(event)


def with_obstacles(event: Mapping[str, Any], met: Iterable[Obstacle]) -> dict[str, Any]:
    """The event with what was met during the wait.

    A wait that did not end well has no result which could carry obstacles: its words name them.
    """
    found = list(met)
    if not found:
        return dict(event)
    if event["state"] not in {DONE, ASKS}:
        lines = [f"{each.what}; {each.passed_by or 'it still is'}" for each in found]
        return {**event, "detail": "\n".join([event["detail"], "Meanwhile:", *lines])}
    data = event["data"]
    rows = [*data.get("obstacles", ()), *map(asdict, found)]
    return {**event, "data": {**data, "obstacles": rows}}


def error_of(event: Mapping[str, Any]) -> errors.UpgradeError:
    """The error a wait ended with."""
    if event["state"] == FAILED:
        return errors.UpdateFailed(event["detail"])
    if event["state"] == LATE:
        return errors.Stuck(event["detail"])
    kind = getattr(errors, event["state"], None)
    if isinstance(kind, type) and issubclass(kind, errors.UpgradeError):
        if issubclass(kind, errors.Refused):
            return errors.Stuck(event["detail"])
        return kind(event["detail"])
    return errors.UnexpectedResponse(f"{event['state']}: {event['detail']}")
