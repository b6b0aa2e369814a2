"""A look now and then at what a wait is not about: node groups and add-ons that become DEGRADED.

It tells, in the task's log at once and in the result at the end. It never ends a wait.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.health import read_conditions
from eks_upgrade_airflow.run.events import with_obstacles
from include.eks_upgrade.common.failure import Failure, FailureClass
from include.eks_upgrade.retrying import classify
from include.eks_upgrade.verification.cluster import BrokenBefore
from include.eks_upgrade.verification.health import HealthLog

PAUSES_PER_LOOK: Final = 10
"""Between two looks, pauses of the wait itself: with `poll_seconds` at 30, one in five minutes.
Each look costs a call for every node group, of which an account with many clusters at once has only
so many a second."""

SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 900.0
"""Between two looks while AWS gives no answer."""

FIRST: Final = 0.5
"""Of a pause, before the first look: short waits, and most of a step that is repeated, end before
it."""

FRESH: Final = 0.8
"""Of a pause, the age at which another wait's answer is still good: the waits of a run follow one
another, and together they look as often as one."""

ADDONS_FRESH: Final = FRESH + 2
"""The same of add-ons, of which a cluster has more than a step has node groups, and which the steps
do not touch: every third look asks for them."""

CALLS_PER_PAUSE: Final = 15
"""Calls in one pause of the wait at most: at 30 seconds, one in two seconds."""


@dataclass(frozen=True, kw_only=True)
class HealthTarget:
    """What is looked at, as a trigger can carry it.

    Attributes:
        node_groups: names of node groups; add-ons are all looked at.
        before: `BrokenBefore.as_json`; None: not known, the first look shows it.
        awaited: names of node groups and add-ons that the wait itself tells about; they are not
            asked about here.
        poll_seconds: the pause of the wait.
    """

    node_groups: tuple[str, ...] = ()
    before: Mapping[str, Any] | None = None
    awaited: tuple[str, ...] = ()
    poll_seconds: float = 30.0

    def as_json(self) -> dict[str, Any]:
        """Keys are the attribute names."""
        plain = asdict(self)
        return plain | {name: list(plain[name]) for name in ("node_groups", "awaited")}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """From `as_json`."""
        lists = {name: tuple(plain.get(name) or ()) for name in ("node_groups", "awaited")}
        return cls(**{**plain, **lists})

    def pause_seconds(self, watched: int) -> float:
        """Seconds between two looks at so many objects."""
        spread = self.poll_seconds * (watched + 1) / CALLS_PER_PAUSE
        return max(SHORTEST_SECONDS, self.poll_seconds * PAUSES_PER_LOOK, spread)


class HealthWatch:
    """Looks, and tells what is new.

    Args:
        address: the cluster.
        target: what is looked at.
        log: of the trigger, whose lines are the task's.
        pause: lets seconds pass.
    """

    def __init__(
        self,
        address: ClusterAddress,
        target: HealthTarget,
        log: Any,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._address, self._target, self._log, self._pause = address, target, log, pause
        before = target.before
        self.diary = HealthLog(None if before is None else BrokenBefore.from_json(before))
        self._watched = len(target.node_groups)

    async def follow(self) -> None:
        """Look again and again, until it is cancelled or AWS says that we may not."""
        pause = self._target.pause_seconds(self._watched)
        await self._pause(pause * FIRST)
        while True:
            failure = await self._look(pause)
            if failure is not None and failure.kind is FailureClass.NEEDS_A_PERSON:
                self._log.info("node groups and add-ons are not looked at: %s", failure.message)
                return
            usual = self._target.pause_seconds(self._watched)
            pause = usual if failure is None else min(LONGEST_SECONDS, pause * 2)
            await self._pause(pause)

    async def _look(self, pause: float) -> Failure | None:
        """Look once; why it saw nothing, if so."""
        target = self._target
        try:
            found = await read_conditions(
                self._address,
                target.node_groups,
                fresh_seconds=pause * FRESH,
                addons_fresh_seconds=pause * ADDONS_FRESH,
                left_out=target.awaited,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the wait goes on
            failure = classify(error)
            self._log.debug("node groups and add-ons were not seen: %s", failure.message)
            return failure
        self._watched = len(found)
        for one in self.diary.look(found):
            if one.bad:
                self._log.warning("%s. This step goes on; see to it meanwhile", one.what)
            else:
                self._log.info("%s", one.what)
        return None


class Meanwhile:
    """What was met beside a wait."""

    def __init__(self, diary: HealthLog | None = None) -> None:
        self._diary = diary

    def added_to(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The wait's event with it."""
        return with_obstacles(event, self._diary.obstacles() if self._diary else ())


@asynccontextmanager
async def looking_meanwhile(
    address: ClusterAddress, health: Mapping[str, Any] | None, log: Any
) -> AsyncIterator[Meanwhile]:
    """Look as long as the block runs; what was met is complete behind it.

    Args:
        address: the cluster.
        health: `HealthTarget.as_json`; None or empty: nobody looks.
        log: where changes are logged.
    """
    if not health:
        yield Meanwhile()
        return
    watch = HealthWatch(address, HealthTarget.from_json(health), log)
    looking = asyncio.create_task(watch.follow())
    try:
        yield Meanwhile(watch.diary)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
