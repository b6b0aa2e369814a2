"""The clock that drives both sides of the rehearsal.

Simulated seconds run `speed` times as fast as real ones; speed 0 stands still until
`advance` is called, which is how tests step time. What is to happen later lies in one
queue; an event runs at its own due time, and `now` is pinned to that time while it runs,
so the order of events never depends on how busy the machine is.

Everything that touches the simulated world holds `lock`.
"""

import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(order=True)
class Event:
    """A call that is due at a simulated time (seconds since the epoch)."""

    due: float
    order: int
    call: Callable[[], Any] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Forget the call; harmless when it has already run."""
        self.cancelled = True


class SimClock:
    """Simulated time and the queue of what is still to happen.

    Args:
        speed: simulated seconds per real second; 0 means time moves only by `advance`.
        start: simulated time at the beginning, seconds since the epoch (default: now).
    """

    def __init__(self, speed: float = 0.0, start: float | None = None) -> None:
        self.lock = threading.RLock()
        self._speed = speed
        self.failures: list[str] = []
        self._base = time.time() if start is None else start
        self._real_base = time.monotonic()
        self._pinned: float | None = None
        self._queue: list[Event] = []
        self._numbers = itertools.count()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second. When it is set, time goes on from where it is."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self.lock:
            real = time.monotonic()
            self._base += (real - self._real_base) * self._speed
            self._real_base, self._speed = real, speed

    def now(self) -> float:
        """Simulated seconds since the epoch; the due time while an event runs."""
        if self._pinned is not None:
            return self._pinned
        return self._base + (time.monotonic() - self._real_base) * self._speed

    def run_at(self, speed: float) -> None:
        """Go on from now at another speed."""
        with self.lock:
            self._base, self._real_base, self.speed = self.now(), time.monotonic(), speed

    def datetime(self) -> datetime:
        """Simulated time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def timestamp(self) -> str:
        """Simulated time as Kubernetes writes it: whole seconds, `Z`."""
        return self.datetime().strftime("%Y-%m-%dT%H:%M:%SZ")

    def later(self, seconds: float, call: Callable[[], Any]) -> Event:
        """Run `call` after `seconds` of simulated time."""
        with self.lock:
            event = Event(self.now() + max(0.0, seconds), next(self._numbers), call)
            heapq.heappush(self._queue, event)
            return event

    def run_due(self) -> int:
        """Run everything that is due by now, each at its own time; return how many ran."""
        with self.lock:
            if self._pinned is not None:  # called from inside an event: no re-entry
                return 0
            return self._run_until(self.now())

    def advance(self, seconds: float) -> int:
        """Let `seconds` of simulated time pass at once; return how many events ran."""
        with self.lock:
            ran = self._run_until(self.now() + seconds)
            self._base += seconds
            return ran

    def run_until_idle(self, limit: float = 86400.0) -> float:
        """Step from event to event until none is left, `limit` seconds at most.

        Returns:
            The simulated seconds that passed.
        """
        with self.lock:
            begin = self.now()
            while (due := self._next_due()) is not None and due - begin <= limit:
                self.advance(max(0.0, due - self.now()))
            return self.now() - begin

    def clear(self) -> None:
        """Drop every pending event, as a reset of the world must."""
        with self.lock:
            self._queue.clear()
            self.failures.clear()

    def _next_due(self) -> float | None:
        while self._queue and self._queue[0].cancelled:
            heapq.heappop(self._queue)
        return self._queue[0].due if self._queue else None

    def _run_until(self, end: float) -> int:
        ran = 0
        while (due := self._next_due()) is not None and due <= end:
            event = heapq.heappop(self._queue)
            # What this event plans counts from its own due time, however late it runs; otherwise
            # a busy machine would stretch simulated time.
            self._pinned = due
            try:
                event.call()
            except Exception:  # noqa: BLE001 - belongs to no caller: kept, and shown by the tests
                self.failures.append(traceback.format_exc())
            finally:
                self._pinned = None
            ran += 1
        return ran
