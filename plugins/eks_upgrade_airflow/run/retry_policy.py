"""Airflow's retries follow the class of the failure (`include/eks_upgrade/retrying.py`).

Airflow asks the policy in the worker, with the exception itself; `retries` of the task stays the
upper bound. `retry_arguments()` are the default arguments of a DAG that follows it.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowException, AirflowRuntimeError

from include.eks_upgrade.common.errors import first_reason
from include.eks_upgrade.common.failure import Failure, pause_seconds, worth_another_try
from include.eks_upgrade.retrying import classify

if TYPE_CHECKING:
    from airflow.sdk import Context

RETRIES = 10
"""With the pauses of `failure.py` about half an hour of throttling, beside botocore's own tries."""

AIRFLOWS_OWN = (AirflowException, AirflowRuntimeError)
"""What Airflow raises about itself (a trigger it lost, its API server): its default retries."""


class ClassifiedRetries(RetryPolicy):
    """Retry soon, retry later, or not at all, as the failure's class says.

    Args:
        spread: makes a random number from 0 to 1 for each pause; tests hand in their own.
    """

    def __init__(self, spread: Callable[[], float] = random.random) -> None:
        self._spread = spread

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: "Context | None" = None,
    ) -> RetryDecision:
        """What to do after this exception; `reason` is what the UI shows."""
        if isinstance(exception, AIRFLOWS_OWN):
            return RetryDecision.default()
        failure = classify(exception)
        tried = tries_so_far(try_number, max_tries, context)
        if not worth_another_try(failure, tried):
            return RetryDecision.fail(reason(failure))
        pause = timedelta(seconds=pause_seconds(failure, tried, self._spread()))
        return RetryDecision.retry(pause, reason(failure))

    def serialize(self) -> dict[str, Any]:
        """Nothing to store: it is made anew from the DAG file."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> "ClassifiedRetries":  # noqa: ARG003 - Airflow's signature
        """The same policy."""
        return cls()


def retry_arguments() -> dict[str, Any]:
    """Default arguments of a DAG: only what may answer differently is tried again.

    The delays are for what the policy leaves to Airflow itself.
    """
    return {
        "retries": RETRIES,
        "retry_policy": ClassifiedRetries(),
        "retry_delay": timedelta(seconds=15),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=5),
    }


def tries_so_far(try_number: int, max_tries: int, context: "Context | None") -> int:
    """How many tries there were since the task was last cleared; 1 at the first.

    Airflow counts on when a task is cleared, and moves `max_tries` along with it.
    """
    task = (context or {}).get("task")
    retries = getattr(task, "retries", None)
    if not isinstance(retries, int) or max_tries <= 0:
        return try_number
    return max(1, try_number - (max_tries - retries))


def reason(failure: Failure) -> str:
    """One line for Airflow's UI and the task's log; of a refusal with its first problem."""
    return f"{failure.kind.value}: {first_reason(failure.message) or 'no message'}"
