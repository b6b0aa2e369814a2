"""The trigger that looks, waits and looks again until something has come to its end.

A subclass says what to look at (`open_probe`); the answer is an `Outcome`. No answer is not an
answer: whatever passes by itself (`retrying.classify`) counts as "not yet", in opening the
connections as in using them. The arguments are names, ids and absolute times: a triggerer that
restarts, or another one that takes over, goes on from them. Nothing is undone in `on_kill` or
`cleanup`: AWS's updates cannot be cancelled, and Airflow may call `on_kill` while another
triggerer goes on polling.
"""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, fields
from logging import INFO, WARNING
from typing import Any, Self, TypeVar, dataclass_transform

from airflow.triggers.base import BaseTrigger, TriggerEvent

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.shared_session import forget_access
from eks_upgrade_airflow.run.events import DONE, FAILED, LATE, BriefEvent
from eks_upgrade_airflow.run.task_log import log_message, quiet_libraries
from eks_upgrade_airflow.triggers import earlier
from eks_upgrade_airflow.triggers.health import looking_meanwhile
from eks_upgrade_airflow.triggers.throttle import Account, account
from include.eks_upgrade.common.errors import UnexpectedResponse, UpgradeError
from include.eks_upgrade.common.failure import Failure
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.time.pacing import Pace, spread
from include.eks_upgrade.retrying import bug_message, classify

Probe = Callable[[], Awaitable[Outcome]]
"""Looks once."""

REPEAT_SECONDS = 60.0
"""Seconds after which an unchanged state is logged again."""

UNSEEN_SECONDS = 300.0
"""How long after the wait began "not found" may mean that AWS does not see it yet."""

REFUSED_SECONDS = 300.0
"""How long refused credentials may be on their way to the Airflow connection: a key is rotated in
IAM first, and its successor comes to the connection's secret minutes later. As long, an API server
may not know us yet (`kube/passing.py`)."""


Kind = TypeVar("Kind", bound=BaseTrigger)


@dataclass_transform(kw_only_default=True, eq_default=False)
def typed_trigger(cls: type[Kind]) -> type[Kind]:
    """Make a trigger's annotated attributes its arguments, and prove that they survive the way.

    Airflow stores what `serialize` gives and calls `__init__` with it in another process, perhaps
    days later; an argument that is missing on either side would show only there.

    Raises:
        TypeError: at import, when the two do not agree.
    """
    made: Any = dataclass(kw_only=True, eq=False, repr=False)(cls)
    taken = set(inspect.signature(made).parameters)
    given = {each.name for each in fields(made) if each.init}
    if taken != given:
        raise TypeError(f"{cls.__name__} takes {sorted(taken)} and serializes {sorted(given)}")
    return cls


def epoch_seconds() -> float:
    """Now, by the clock of whoever asks; `time.time` as a default would be the clock at import."""
    return time.time()


@typed_trigger
class WatchTrigger(BaseTrigger):
    """Base of all triggers of the upgrade.

    Attributes:
        cluster_name: the EKS cluster.
        aws_conn_id: Airflow connection, None for boto3's own chain.
        region_name: AWS region, None for the connection's.
        poll_seconds: seconds between two looks at least; how many there are is `pacing`'s.
        deadline: epoch seconds at which the wait gives up.
        began: epoch seconds at which it began; by default now.
        carry: JSON that the task wants back in the event.
        health: `HealthTarget.as_json` of what is looked at besides; None: nothing.
        role_arn: a role that is assumed with the connection; empty: none. Not in what triggers of
            older versions have stored.
    """

    kind = "aws"

    cluster_name: str
    aws_conn_id: str | None
    region_name: str | None
    poll_seconds: float
    deadline: float
    began: float = field(default_factory=epoch_seconds)
    carry: Any = None
    health: dict[str, Any] | None = None
    role_arn: str = ""

    def __post_init__(self) -> None:
        """Set up what Airflow and the loop keep beside the arguments."""
        super().__init__()
        self._logged, self._logged_at = "", 0.0
        self._refused_since: float | None = None

    @classmethod
    def within(
        cls, minutes: float, address: ClusterAddress, *, poll_seconds: float, **arguments: Any
    ) -> Self:
        """A trigger that gives up `minutes` from now."""
        return cls(
            cluster_name=address.cluster,
            aws_conn_id=address.aws_conn_id,
            region_name=address.region,
            role_arn=address.role_arn,
            poll_seconds=poll_seconds,
            deadline=time.time() + minutes * 60,
            **arguments,
        )

    @property
    def address(self) -> ClusterAddress:
        """Where the cluster is."""
        return ClusterAddress(self.cluster_name, self.aws_conn_id, self.region_name, self.role_arn)

    @property
    def awaited(self) -> str:
        """What is awaited, in a few words for the log."""
        return f"cluster '{self.cluster_name}'"

    @property
    def usual_seconds(self) -> float:
        """How long such a wait lasts as a rule; 0: nobody knows, each pause is `poll_seconds`."""
        return 0.0

    @property
    def learned_as(self) -> str:
        """The kind of wait, whose length is learned from earlier ones; empty: it is not."""
        return type(self).__name__ if self.usual_seconds else ""

    def open_probe(self) -> AbstractAsyncContextManager[Probe]:
        """Open the connections and yield the function that looks once."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """For logs; Airflow's own would show every argument, a drain's options and history too."""
        return f"<{type(self).__name__}: {self.awaited}>"

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as the triggerer stores them."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, {each.name: getattr(self, each.name) for each in fields(self) if each.init}

    async def probe_first(self) -> dict[str, Any] | None:
        """The event, when one look shows that it is done; otherwise None."""
        outcome: Outcome
        try:
            async with self.open_probe() as probe:
                outcome = await probe()
        except Exception as error:  # the triggerer looks again, or reports it
            if not self._may_pass(classify(error)):
                raise
            outcome = NotYet(str(error))
        return self.event(DONE, outcome.detail, outcome.data) if isinstance(outcome, Done) else None

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it is done, has failed, or the deadline has come."""
        quiet_libraries()
        async with looking_meanwhile(self.address, self.health, self.log) as meanwhile:
            event = await self.awaited_event()
        yield BriefEvent(meanwhile.added_to(event))

    async def awaited_event(self) -> dict[str, Any]:
        """The event of the wait itself, whatever else was met."""
        try:
            return await self._watch()
        except UpgradeError as error:
            return self.event(type(error).__name__, str(error))
        except Exception as error:  # noqa: BLE001 - the task reports it, with its traceback
            return self.event(UnexpectedResponse.__name__, bug_message(error))

    async def ended(self) -> dict[str, Any]:
        """The event, for who waits for it in this very process."""
        return dict((await anext(self.run())).payload)

    def event(self, state: str, detail: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """The event of events.py."""
        return {
            "state": state,
            "detail": detail,
            "data": data or {},
            "kind": self.kind,
            "carry": self.carry,
            "began": self.began,
            "ended": time.time(),
        }

    async def _watch(self) -> dict[str, Any]:
        """Look with one set of connections until one of them breaks, then with new ones.

        New connections read the Airflow connection anew: credentials that ran out or were
        rotated meanwhile are replaced. A refusal of credentials counts only when fresh ones are
        refused for `REFUSED_SECONDS`.
        """
        if self.usual_seconds and time.time() - self.began < self.poll_seconds:
            await self._pause()  # what was begun a moment ago is not over
        while True:
            try:
                async with self.open_probe() as probe:
                    while True:
                        outcome = await probe()
                        self._refused_since = None
                        self._account.answered()
                        event = self._end(outcome)
                        if event:
                            return event
                        await self._pause()
            except Exception as error:
                failure = classify(error)
                if not self._may_pass(failure):
                    raise
                if not self._account.met(failure, self.poll_seconds):
                    forget_access(self.address)
                event = self._end(NotYet(failure.message))
                if event:
                    return event
            await self._pause()

    def _may_pass(self, failure: Failure) -> bool:
        """Whether an error is no answer, and so counts as "not yet"."""
        if failure.credentials:
            return self._refused_seconds() < REFUSED_SECONDS
        if failure.tries is not None and failure.passes:  # just made, perhaps not seen yet
            return time.time() - self.began < UNSEEN_SECONDS
        return failure.passes

    def _refused_seconds(self) -> float:
        """For how long the credentials have been refused, from now on if they were not before."""
        now = time.monotonic()
        if self._refused_since is None:
            self._refused_since = now
        return now - self._refused_since

    def _end(self, outcome: Outcome) -> dict[str, Any] | None:
        """The event if this ends the wait; else it is logged, when it is new."""
        if isinstance(outcome, Done):
            earlier.learn(self.learned_as, self.address, time.time() - self.began)
            return self.event(DONE, outcome.detail, outcome.data)
        if isinstance(outcome, Failed):
            return self.event(FAILED, outcome.detail)
        now = time.time()
        if outcome.detail != self._logged or now - self._logged_at > REPEAT_SECONDS:
            self._logged, self._logged_at = outcome.detail, now
            log_message(self.log, outcome.detail, WARNING if outcome.alarm else INFO)
        if now >= self.deadline:
            return self.event(LATE, f"{self._limit()}; last seen: {outcome.detail}")
        return None

    async def _pause(self) -> None:
        now = time.time()
        expected = earlier.expected_seconds(self.learned_as, self.address, self.usual_seconds)
        usual = spread(Pace(self.poll_seconds, expected).pause(now - self.began))
        pause = self._account.pause(usual, self.poll_seconds)
        await asyncio.sleep(max(0.0, min(pause, self.deadline - now)))

    @property
    def _account(self) -> Account:
        return account(self.address.account)

    def _limit(self) -> str:
        minutes = (self.deadline - self.began) / 60
        return (
            f"{self.awaited}: not done after {minutes:.0f} minutes. Nothing was deleted. "
            "Look at what is still awaited, then repeat this step to keep waiting"
        )
