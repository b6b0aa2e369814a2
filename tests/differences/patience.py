"""A step that is tried as Airflow tries it, with the pauses of its policy in simulated time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.run.retry_policy import RETRIES, ClassifiedRetries

from tests.faults.lab import FaultLab, Story


@contextmanager
def moved_by_pauses_alone(lab: FaultLab, seconds: float = float("inf")) -> Iterator[None]:
    """Simulated time stands still but for pauses, so that no busy machine lets it pass.

    Args:
        lab: whose time.
        seconds: simulated ones after which it runs again, so that updates come to their end;
            by default not before the block ends.
    """
    clock = lab.rehearsal.clock
    usual, clock.speed = clock.speed, 0.0

    def run() -> None:
        clock.speed = usual

    due = clock.later(seconds, run)
    try:
        yield
    finally:
        due.cancel()
        run()


def take_patiently(story: Story, step: str, *arguments: Any) -> float:
    """Do one step as often as the policy says, and let its shortest pauses pass.

    Returns:
        Simulated seconds of all pauses.

    Raises:
        Exception: the last try's, when there is none after it.
    """
    paused = 0.0
    for tried in range(1, RETRIES + 2):
        try:
            story.take(step, *arguments, tries=1)
        except AirflowFailException:
            raise
        except Exception as error:
            policy = ClassifiedRetries(spread=lambda: 0.0)
            decision = policy.evaluate(error, tried, RETRIES)
            if tried > RETRIES or decision.action is RetryAction.FAIL:
                raise
            assert decision.retry_delay is not None
            pause = decision.retry_delay.total_seconds()
            story.lab.rehearsal.clock.advance(pause)
            paused += pause
        else:
            return paused
    raise AssertionError("the loop returns or raises")
