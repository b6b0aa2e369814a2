"""Time that is stepped, for waits of half an hour in seconds: one clock for us and the rehearsal.

While a trigger has nothing to do but wait, the clocks of the process are put forward to what comes
next: a timer of the trigger's event loop, or something in the simulated AWS. What is asked goes
over HTTP as always.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import auth

IDLE_SECONDS = 0.03
"""Real seconds without any traffic after which nothing is on its way."""

LONGEST_STEP = 10.0
"""Simulated seconds in one step: what comes of a step may make other timers."""


class SteppedTime:
    """The clocks of this process, `skipped` seconds ahead of the real ones."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self._time, self._monotonic = time.time, time.monotonic

    def time(self) -> float:
        return self._time() + self.skipped

    def monotonic(self) -> float:
        return self._monotonic() + self.skipped

    def signed_at(self, remove_tzinfo: bool = True) -> datetime:
        """When botocore signs; a token of the real time would be too old."""
        return datetime.fromtimestamp(self.time(), UTC).replace(
            tzinfo=None if remove_tzinfo else UTC
        )

    def skip(self, seconds: float) -> None:
        self.skipped += seconds

    def run(self, coroutine: Any) -> Any:
        """`asyncio.run` in a loop that skips what it would sleep."""
        with asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(coroutine)


@contextmanager
def stepped_time() -> Iterator[SteppedTime]:
    """Begin it before the rehearsal, whose clock has to run as fast as ours: `speed=1.0`."""
    made = SteppedTime()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", made.time)
        patch.setattr(time, "monotonic", made.monotonic)
        patch.setattr(auth, "get_current_datetime", made.signed_at)
        yield made


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, stepped: SteppedTime) -> None:
        self.in_threads = 0
        self._counting = threading.Lock()
        super().__init__(_Selector(stepped, lambda: self.in_threads == 0))

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Time stands still while a thread works for somebody here."""
        with self._counting:
            self.in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._left)
        return future

    def _left(self, _: Future[Any] | asyncio.Future[Any]) -> None:
        with self._counting:
            self.in_threads -= 1


class _Selector(selectors.DefaultSelector):
    """Waits for traffic as any other, and instead of waiting on moves the clocks."""

    def __init__(self, stepped: SteppedTime, may_step: Callable[[], bool]) -> None:
        super().__init__()
        self._stepped, self._may_step = stepped, may_step

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= IDLE_SECONDS:
            return super().select(timeout)
        ready = super().select(IDLE_SECONDS)
        if not ready and self._may_step():
            self._stepped.skip(min(timeout - IDLE_SECONDS, LONGEST_STEP))
        return ready
