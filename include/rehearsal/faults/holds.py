"""Requests held on purpose: before the server acts, or after it acted and before it answers.

With this a test kills or times out a client at an exact place. A server asks twice for every
request, `take(request, "before")` and `take(request, "after")`, and waits on the hold it gets,
without holding any lock: `wait` in a thread, `wait_async` in an event loop.
"""

import asyncio
import threading
from concurrent.futures import Future
from fnmatch import fnmatchcase
from typing import Literal, Self

from include.rehearsal.journal import Request, Side
from include.rehearsal.places import is_meant

When = Literal["before", "after"]


class Hold:
    """One request to be held, once. As a context manager it lets the request go at the end.

    Attributes:
        arrived: set as soon as the request is held.
        request: the request, once it has arrived.
    """

    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.request: Request | None = None
        self._verdict: Future[bool] = Future()

    def release(self) -> None:
        """Let the request go on; also one that has yet to come. Harmless after a verdict."""
        self._decide(go_on=True)

    def drop(self) -> None:
        """Close the connection without an answer; harmless after a verdict."""
        self._decide(go_on=False)

    def wait(self, timeout: float | None = None) -> bool:
        """For the server's thread: block until the verdict.

        Args:
            timeout: real seconds; None waits for ever.

        Returns:
            True to go on, False to close the connection without an answer.

        Raises:
            TimeoutError: nobody decided in time.
        """
        return self._verdict.result(timeout)

    async def wait_async(self) -> bool:
        """The same for a server in an event loop, which is not blocked meanwhile."""
        # Shielded: a request that is cancelled must not take the verdict with it.
        return await asyncio.shield(asyncio.wrap_future(self._verdict))

    def arrive(self, request: Request) -> None:
        """For `Holds`: the request is there."""
        self.request = request
        self.arrived.set()

    def _decide(self, *, go_on: bool) -> None:
        with _deciding:
            if not self._verdict.done():
                self._verdict.set_result(go_on)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


# Verdicts are rare and from any thread; one lock for all is enough.
_deciding = threading.Lock()


class Holds:
    """The requests that are to be held. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Wanted] = []
        self._held: list[Hold] = []

    def hold(
        self,
        side: Side,
        operation: str,
        when: When = "before",
        *,
        nth: int = 1,
        cluster: str | None = None,
        target: str | None = None,
    ) -> Hold:
        """Hold the nth request from now on that fits.

        Args:
            side: which API.
            operation: as in `Request.operation`.
            when: before the server acts, or after it acted and before it answers.
            nth: 1 holds the next one that fits.
            cluster: only requests about this cluster.
            target: only requests for this object, as in `Request.target`; `*` allowed.
        """
        hold = Hold()
        with self._lock:
            self._waiting.append(_Wanted(hold, when, (side, operation, cluster, target), nth))
        return hold

    def take(self, request: Request, when: When) -> Hold | None:
        """For a server: the hold that applies to this request now, to be waited on; or None.

        `arrived` of the hold is set by this; call it once a request and moment.
        """
        if not self._waiting:  # the usual case costs no lock
            return None
        found = None
        with self._lock:
            for wanted in [each for each in self._waiting if each.fits(request, when)]:
                # Every hold that fits counts this request, also when another one takes it.
                wanted.left -= 1
                if wanted.left <= 0 and found is None:
                    self._waiting.remove(wanted)
                    self._held.append(found := wanted.hold)
        if found:
            found.arrive(request)
        return found

    def drop_all(self) -> None:
        """The servers are about to stop: nobody waits any longer."""
        with self._lock:
            everything = [each.hold for each in self._waiting] + self._held
            self._waiting, self._held = [], []
        for hold in everything:
            hold.drop()


class _Wanted:
    """A hold that waits for its request: side, operation, cluster and target, None for any."""

    def __init__(
        self, hold: Hold, when: When, wanted: tuple[str, str, str | None, str | None], nth: int
    ) -> None:
        self.hold, self.when, self.left, self._wanted = hold, when, nth, wanted

    def fits(self, request: Request, when: When) -> bool:
        side, operation, cluster, target = self._wanted
        return (
            (self.when, side, operation) == (when, request.side, request.operation)
            and is_meant(cluster, request.cluster)
            and (target is None or fnmatchcase(request.target, target))
        )
