"""The trigger that looks, waits and looks again until something has come to its end.

A subclass says what to look at (`looking`); the answer is an `Outcome`. No answer is not an
answer: whatever passes by itself (`retrying.classify`) counts as "not yet", in opening the
connections as in using them. The arguments are a small letter of names, ids and absolute times: a
triggerer that restarts, or another one that takes over, goes on from them. Nothing is undone in
`on_kill` or `cleanup`: AWS's updates cannot be cancelled, and Airflow may call `on_kill` while
another triggerer goes on polling.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.run.events import DONE, FAILED, LATE
from include.eks_upgrade.common.errors import UnexpectedResponse, UpgradeError
from include.eks_upgrade.common.failure import Failure
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.retrying import bug_message, classify

Look = Callable[[], Awaitable[Outcome]]

TELL_SECONDS = 60.0
"""Seconds after which an unchanged state is logged again."""

UNSEEN_SECONDS = 300.0
"""How long after the wait began "not found" may mean that AWS does not see it yet."""

REFUSED_SECONDS = 300.0
"""How long refused credentials may be on their way to the Airflow connection: a key is rotated in
IAM first, and its successor comes to the connection's secret minutes later."""


class WatchTrigger(BaseTrigger):
    """Base of all triggers of the upgrade.

    Args:
        cluster_name: the EKS cluster.
        aws_conn_id: Airflow connection, None for boto3's own chain.
        region_name: AWS region, None for the connection's.
        poll_seconds: seconds between two looks.
        deadline: epoch seconds at which the wait gives up.
        began: epoch seconds at which it began; by default now.
        letter: what the subclass needs besides: JSON only. `carry` in it comes back in the event.
    """

    kind = "aws"

    def __init__(
        self,
        *,
        cluster_name: str,
        aws_conn_id: str | None,
        region_name: str | None,
        poll_seconds: float,
        deadline: float,
        began: float | None = None,
        **letter: Any,
    ) -> None:
        super().__init__()
        self.cluster_name = cluster_name
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.poll_seconds = poll_seconds
        self.deadline = deadline
        self.began = time.time() if began is None else began
        self.letter = letter
        self._told, self._told_at = "", 0.0
        self._refused_since: float | None = None

    @classmethod
    def within(
        cls, minutes: float, address: ClusterAddress, *, poll_seconds: float, **letter: Any
    ) -> "WatchTrigger":
        """A trigger that gives up `minutes` from now."""
        return cls(
            cluster_name=address.cluster,
            aws_conn_id=address.aws_conn_id,
            region_name=address.region,
            poll_seconds=poll_seconds,
            deadline=time.time() + minutes * 60,
            **letter,
        )

    @property
    def address(self) -> ClusterAddress:
        """Where the cluster is."""
        return ClusterAddress(self.cluster_name, self.aws_conn_id, self.region_name)

    @property
    def awaited(self) -> str:
        """What is awaited, in a few words for the log."""
        return f"waiting for cluster '{self.cluster_name}'"

    def looking(self) -> AbstractAsyncContextManager[Look]:
        """Open the connections and yield the function that looks once."""
        raise NotImplementedError

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as the triggerer stores them."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "cluster_name": self.cluster_name,
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
            "poll_seconds": self.poll_seconds,
            "deadline": self.deadline,
            "began": self.began,
            **self.letter,
        }

    async def first_look(self) -> dict[str, Any] | None:
        """The event, when one look shows that it is done; otherwise None."""
        outcome: Outcome
        try:
            async with self.looking() as look:
                outcome = await look()
        except Exception as error:  # the triggerer looks again, or tells it
            if not self._may_pass(classify(error)):
                raise
            outcome = NotYet(str(error))
        return self.event(DONE, outcome.detail, outcome.data) if isinstance(outcome, Done) else None

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it is done, has failed, or the deadline has come."""
        try:
            event = await self._watch()
        except UpgradeError as error:
            event = self.event(type(error).__name__, str(error))
        except Exception as error:  # noqa: BLE001 - the task tells it, with its traceback
            event = self.event(UnexpectedResponse.__name__, bug_message(error))
        yield TriggerEvent(event)

    def event(self, state: str, detail: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """The event of events.py."""
        return {
            "state": state,
            "detail": detail,
            "data": data or {},
            "kind": self.kind,
            "carry": self.letter.get("carry"),
            "began": self.began,
            "ended": time.time(),
        }

    async def _watch(self) -> dict[str, Any]:
        """Look with one set of connections until one of them breaks, then with new ones.

        New connections read the Airflow connection anew: credentials that ran out or were
        rotated meanwhile are replaced. A refusal of credentials counts only when fresh ones are
        refused for `REFUSED_SECONDS`.
        """
        while True:
            try:
                async with self.looking() as look:
                    while True:
                        outcome = await look()
                        self._refused_since = None
                        event = self._end(outcome)
                        if event:
                            return event
                        await self._pause()
            except Exception as error:
                failure = classify(error)
                if not self._may_pass(failure):
                    raise
                event = self._end(NotYet(failure.message))
                if event:
                    return event
            await self._pause()

    def _may_pass(self, failure: Failure) -> bool:
        """Whether an error is no answer, and so counts as "not yet"."""
        if failure.tries is not None and failure.passes:  # just made, perhaps not seen yet
            return time.time() - self.began < UNSEEN_SECONDS
        return failure.passes or (failure.credentials and self._refused_seconds() < REFUSED_SECONDS)

    def _refused_seconds(self) -> float:
        """For how long the credentials have been refused, from now on if they were not before."""
        now = time.monotonic()
        if self._refused_since is None:
            self._refused_since = now
        return now - self._refused_since

    def _end(self, outcome: Outcome) -> dict[str, Any] | None:
        """The event if this ends the wait; else it is told, when it is new."""
        if isinstance(outcome, Done):
            return self.event(DONE, outcome.detail, outcome.data)
        if isinstance(outcome, Failed):
            return self.event(FAILED, outcome.detail)
        now = time.time()
        if outcome.detail != self._told or now - self._told_at > TELL_SECONDS:
            self._told, self._told_at = outcome.detail, now
            self.log.info("%s", outcome.detail)
        if now >= self.deadline:
            return self.event(LATE, f"{self._limit()}; last seen: {outcome.detail}")
        return None

    async def _pause(self) -> None:
        left = self.deadline - time.time()
        await asyncio.sleep(max(0.0, min(self.poll_seconds, left)))

    def _limit(self) -> str:
        minutes = (self.deadline - self.began) / 60
        return (
            f"{self.awaited}: not done after {minutes:.0f} minutes. Nothing was deleted. "
            "Look at what is still awaited, then clear this task to wait on"
        )
